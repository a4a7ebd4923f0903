using System.Collections.Concurrent;
using System.Text.Json;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Processes;

/// <summary>The commands of one sandbox.</summary>
internal sealed class ProcessList(
    ICage cage, IReadOnlyDictionary<string, string> environment, TimeProvider time)
{
    /// <summary>How long the end of a process can still be asked for.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, SandboxProcess> _processes = new();
    private volatile Action<SandboxProcess>? _end;

    internal IEnumerable<SandboxProcess> Running => _processes.Values.Where(process => process.IsRunning);

    /// <summary>Also finds those whose end is still known.</summary>
    internal SandboxProcess? Find(int? pid, string? tag) => pid is { } number
        ? _processes.GetValueOrDefault(number)
        : _processes.Values.Where(process => process.Spec.Tag == tag).MaxBy(process => process.IsRunning);

    /// <returns>The process and a subscription that misses nothing; null if the working directory does not exist.</returns>
    /// <exception cref="SandboxGoneException"/>
    /// <exception cref="SandboxFullException"/>
    internal async Task<(SandboxProcess Process, Subscription Output)?> StartAsync(ProcessSpec spec)
    {
        var line = EntryScript.Line(
            FolderOf(spec), environment.Concat(spec.Environment), [spec.Program, .. spec.Arguments], spec.Stdin);
        if (await EnterAsync(spec, line) is not { } handle) return null;

        var process = new SandboxProcess(handle, time);
        var subscription = process.Subscribe();
        Follow(process);
        cage.Prepare();
        return (process, subscription);
    }

    /// <summary>
    /// Follows what runs already: it was started by an earlier server, or before the sandbox was frozen. Of what has
    /// ended since then, the end is known for a while.
    /// </summary>
    internal void Adopt()
    {
        foreach (var (folder, isLeftover) in cage.Processes.All)
        {
            if (Open(folder) is { } handle) Follow(new SandboxProcess(handle, time));
            // Of this server's, it is the shell that waits.
            else if (isLeftover) folder.Delete();
        }
    }

    /// <summary>Tells every subscriber that the sandbox is going.</summary>
    internal void Abandon() => End(process => process.Abandon());

    /// <summary>Lets go of every process for another server to adopt.</summary>
    internal void Detach() => End(process => process.Detach());

    private void End(Action<SandboxProcess> end)
    {
        _end = end;
        foreach (var process in _processes.Values) end(process);
    }

    private async Task<ProcessHandle?> EnterAsync(ProcessSpec spec, string line)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var entrance = await cage.EnterAsync();
            ProcessHandle? handle = null;
            try
            {
                handle = entrance.Follow(spec);
                if (await entrance.RunAsync(line)) return handle;
                handle.Dispose();
                return null;
            }
            catch (SandboxGoneException) when (attempt == 1 && !cage.Ended.IsCompleted)
            {
                // Only the shell was gone: something in the sandbox killed it. The next one is fresh.
                handle?.Dispose();
            }
        }
    }

    // Without a record or its pipes, it is a shell whose server died before it became a command.
    private static ProcessHandle? Open(ProcessFolder folder)
    {
        try
        {
            return folder.ReadRecord() is { } record ? new ProcessHandle(folder, record) : null;
        }
        catch (Exception incomplete) when (incomplete is IOException or JsonException)
        {
            return null;
        }
    }

    private void Follow(SandboxProcess process)
    {
        _processes[process.Pid] = process;
        // This list may have ended between the two, with nobody else to tell this process. If it is detached, another
        // list follows it, and output that is read here is lost there.
        _end?.Invoke(process);
        _ = process.KillAtDeadlineAsync();
        _ = RunAsync(process);
    }

    private async Task RunAsync(SandboxProcess process)
    {
        await process.PumpAsync(cage.IsAliveAsync);
        if (_end is null) await Task.Delay(Retention, time);
        _processes.TryRemove(KeyValuePair.Create(process.Pid, process));
        // The folders of a sandbox that has ended go all at once, and detached ones are another's.
        if (_end is null) process.Forget();
    }

    private string FolderOf(ProcessSpec spec)
    {
        if (string.IsNullOrEmpty(spec.Folder)) return cage.Home;
        var full = SandboxPath.Normalize(spec.Folder, BubblewrapArguments.Home);
        // Without isolation the home folder only looks as if it were there.
        return full == BubblewrapArguments.Home || full.StartsWith(BubblewrapArguments.Home + "/", StringComparison.Ordinal)
            ? cage.Home + full[BubblewrapArguments.Home.Length..]
            : full;
    }
}
