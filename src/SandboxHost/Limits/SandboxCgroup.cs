using System.Globalization;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Limits;

internal sealed record CgroupFolder(string Path, bool IsV2);

/// <summary>The control groups of one sandbox, one in each hierarchy that is in use.</summary>
internal sealed class SandboxCgroup
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);
    private readonly IReadOnlyDictionary<string, CgroupFolder> _groups;
    private readonly IReadOnlyList<CgroupFolder> _folders;

    internal SandboxCgroup(IReadOnlyDictionary<string, CgroupFolder> groups)
    {
        _groups = groups;
        _folders = [.. groups.Values.Distinct()];
        EnterScript = string.Join(" && ", _folders.Select(
            folder => $"echo 0 >{EntryScript.Quote($"{folder.Path}/{(folder.IsV2 ? "cgroup.procs" : "tasks")}")}"));
    }

    /// <summary>In no group at all.</summary>
    internal static SandboxCgroup None { get; } = new(new Dictionary<string, CgroupFolder>());

    /// <summary>How long to wait for the kernel to do what was asked.</summary>
    internal TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A shell's way in: what it starts afterwards is in from its first moment, and no process has to wait until it
    /// was moved. With v1 this is also free of the pause of some milliseconds that moving another process costs.
    /// </summary>
    internal string EnterScript { get; }

    /// <summary>The command line that starts a program inside of the groups.</summary>
    internal (string Program, IReadOnlyList<string> Arguments) Enter(string program, IReadOnlyList<string> arguments) =>
        _folders is []
            ? (program, arguments)
            : (EntryScript.Shell, ["-c", $"{EnterScript} && exec \"$@\"", EntryScript.Shell, program, .. arguments]);

    internal bool CanFreeze => _groups.ContainsKey(CgroupSettings.Freezer);

    /// <summary>Moves a process of the host in, with all its threads. What it starts later is in as well.</summary>
    /// <exception cref="IOException">The process or the group is gone.</exception>
    internal void Join(int pid)
    {
        foreach (var folder in _folders)
            CgroupFile.Write(folder.Path, "cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Every process stands still afterwards, wherever it was.</summary>
    /// <exception cref="IOException">It could not be done; all run on.</exception>
    internal async Task FreezeAsync()
    {
        SetFrozen(true);
        if (await BecomesAsync(() => IsFrozen)) return;
        SetFrozen(false);
        throw new IOException(
            $"The processes in {Freezer.Path} did not come to a stand within {Patience.TotalSeconds} s and run on; one of them may be waiting for a disk.");
    }

    /// <exception cref="IOException"/>
    internal async Task ThawAsync()
    {
        SetFrozen(false);
        if (!await BecomesAsync(() => !IsFrozen)) throw new IOException($"The processes in {Freezer.Path} cannot be thawed.");
    }

    /// <summary>Kills every process, frozen or not, and waits until they are gone.</summary>
    /// <exception cref="IOException">One of them does not die.</exception>
    internal async Task KillAllAsync()
    {
        if (await BecomesAsync(KillOnce)) return;
        throw new IOException(
            $"Processes {string.Join(", ", Processes())} of {_folders[0].Path} are killed but do not end; they may be waiting for a disk.");
    }

    internal CgroupUsage Read() => CgroupUsage.Read(_groups);

    /// <summary>Removes the groups. All processes must have ended; the kernel may take a moment to notice.</summary>
    /// <exception cref="IOException">There are still processes.</exception>
    internal async Task DeleteAsync()
    {
        foreach (var folder in _folders)
        {
            if (!await BecomesAsync(() => TryRemove(folder.Path)))
                throw new IOException($"{folder.Path} cannot be removed: it still has processes {string.Join(", ", Processes())}.");
        }
    }

    private CgroupFolder Freezer => _groups.TryGetValue(CgroupSettings.Freezer, out var folder)
        ? folder
        : throw new InvalidOperationException("This machine gives no freezer; ask CanFreeze first.");

    private bool IsFrozen => Freezer.IsV2
        ? CgroupFile.ReadValue(Freezer.Path, "cgroup.events", "frozen") == 1
        : CgroupFile.Read(Freezer.Path, "freezer.state") == "FROZEN";

    private void SetFrozen(bool frozen)
    {
        if (Freezer.IsV2) CgroupFile.Write(Freezer.Path, "cgroup.freeze", frozen ? "1" : "0");
        else CgroupFile.Write(Freezer.Path, "freezer.state", frozen ? "FROZEN" : "THAWED");
    }

    private int[] Processes() => [.. _folders.SelectMany(folder => CgroupFile.Processes(folder.Path)).Distinct()];

    // Until the thaw nobody can start another or hand on its pid; where that cannot be had, repetition does it. A
    // frozen process of v1 dies of a signal only when it is thawed.
    private bool KillOnce()
    {
        if (Processes() is []) return true;
        if (CanFreeze && File.Exists(Path.Combine(Freezer.Path, "cgroup.kill"))) CgroupFile.Write(Freezer.Path, "cgroup.kill", "1");
        if (CanFreeze) SetFrozen(true);
        foreach (var pid in Processes()) _ = LibC.kill(pid, LibC.SIGKILL);
        if (CanFreeze) SetFrozen(false);
        return false;
    }

    private static bool TryRemove(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<bool> BecomesAsync(Func<bool> condition)
    {
        var pause = TimeSpan.FromMilliseconds(1);
        for (var waited = TimeSpan.Zero; !condition(); waited += pause)
        {
            if (waited >= Patience) return false;
            await Task.Delay(pause);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        return true;
    }
}
