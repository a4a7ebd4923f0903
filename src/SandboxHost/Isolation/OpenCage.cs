using System.Collections.Concurrent;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>
/// A sandbox in name only: a home folder, and a mark in the environment of its processes by which all of them are
/// found and killed with it.
/// </summary>
#pragma warning disable CA1001 // KillAsync is its end, as of every cage
internal sealed class OpenCage : ICage
#pragma warning restore CA1001
{
    /// <summary>What callers call the home folder; paths below it are served from the real one.</summary>
    private const string PublicHome = BubblewrapArguments.Home;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<Entrance, Task> _entered = new();
    private readonly SafeFileHandle _root;
    private readonly string _sandboxId;
    private readonly EntrySettings _entry;

    internal OpenCage(SandboxFolder folder, IReadOnlyDictionary<string, string> environment)
    {
        Home = folder.Home;
        _sandboxId = folder.SandboxId;
        _entry = EntrySettings.Of(folder, Home, environment, CageLimits.None);
        var fd = LibC.open(Home, LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
        _root = new SafeFileHandle(fd, ownsHandle: true);
        Files = new CageFiles(_root, PublicHome, PublicHome);
    }

    public string Home { get; }

    public CageFiles Files { get; }

    public ProcessIdentity? Init => null;

    public ProcessFolders Processes => _entry.Folders;

    public Namespaces? Namespaces => null;

    public Task Ended => _ended.Task;

    public void Prepare()
    {
        // Nothing has to be entered.
    }

    public async Task<Entrance> EnterAsync()
    {
        if (Ended.IsCompleted) throw new SandboxGoneException();
        var entrance = await Entrance.OpenAsync(_entry, []);
        _entered[entrance] = entrance.Exited;
        _ = ForgetAsync(entrance);
        return entrance;
    }

    public Task<bool> IsAliveAsync() => Task.FromResult(!Ended.IsCompleted);

    public async Task KillAsync()
    {
        KillAll(_sandboxId);
        await Task.WhenAll(_entered.Values);
        _root.Dispose();
        _ended.TrySetResult();
    }

    /// <summary>Nobody would end its processes when their time is over, so they end now.</summary>
    public Task LeaveAsync() => KillAsync();

    /// <summary>Kills every process that was started with this sandbox's mark, and what they start meanwhile.</summary>
    internal static void KillAll(string sandboxId)
    {
        const int Rounds = 100;
        for (var round = 0; round < Rounds; round++)
        {
            var found = ProcessTable.WithVariable(SandboxEnvironment.IdVariable)
                .Count(process => process.Value == sandboxId && LibC.kill(process.Pid, LibC.SIGKILL) == 0);
            if (found == 0) break;
        }
    }

    private async Task ForgetAsync(Entrance entrance)
    {
        await entrance.Exited;
        _entered.TryRemove(entrance, out _);
    }
}
