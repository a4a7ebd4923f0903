using System.Collections.Concurrent;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Processes;

/// <summary>The commands of one sandbox.</summary>
internal sealed class ProcessList(
    ICage cage, IReadOnlyDictionary<string, string> environment, TimeProvider time)
{
    /// <summary>How long the end of a process can still be asked for.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, SandboxProcess> _processes = new();
    private volatile bool _ended;

    internal IEnumerable<SandboxProcess> Running => _processes.Values.Where(process => process.IsRunning);

    /// <summary>Also finds those whose end is still known.</summary>
    internal SandboxProcess? Find(int? pid, string? tag) => pid is { } number
        ? _processes.GetValueOrDefault(number)
        : _processes.Values.Where(process => process.Spec.Tag == tag).MaxBy(process => process.IsRunning);

    /// <returns>The process and a subscription that misses nothing; null if the working directory does not exist.</returns>
    /// <exception cref="SandboxGoneException"/>
    internal async Task<(SandboxProcess Process, Subscription Output)?> StartAsync(ProcessSpec spec)
    {
        var line = EntryScript.Line(
            FolderOf(spec), environment.Concat(spec.Environment), [spec.Program, .. spec.Arguments]);
        if (await EnterAsync(line) is not { } entrance) return null;

        var process = new SandboxProcess(entrance, spec, time);
        var subscription = process.Subscribe();
        _processes[process.Pid] = process;
        // The sandbox may have ended between the two, with nobody else to tell this process.
        if (_ended) process.Abandon();
        _ = RunAsync(process);
        cage.Prepare();
        return (process, subscription);
    }

    /// <summary>Sends SIGTERM or SIGKILL.</summary>
    internal async Task SignalAsync(SandboxProcess process, int signal)
    {
        process.ExpectDeath();
        await cage.SignalAsync(process.Pid, signal);
        cage.Prepare();
    }

    /// <summary>Tells every subscriber that the sandbox is going.</summary>
    internal void Abandon()
    {
        _ended = true;
        foreach (var process in _processes.Values) process.Abandon();
    }

    private async Task<Entrance?> EnterAsync(string line)
    {
        for (var attempt = 1; ; attempt++)
        {
            var entrance = await cage.EnterAsync();
            try
            {
                if (await entrance.RunAsync(line)) return entrance;
                entrance.Dispose();
                return null;
            }
            catch (SandboxGoneException) when (attempt == 1 && !cage.Ended.IsCompleted)
            {
                // Only the shell was gone: something in the sandbox killed it. The next one is fresh.
                entrance.Dispose();
            }
        }
    }

    private async Task RunAsync(SandboxProcess process)
    {
        await process.PumpAsync(cage.IsAliveAsync);
        if (!_ended) await Task.Delay(Retention, time);
        _processes.TryRemove(KeyValuePair.Create(process.Pid, process));
        process.Dispose();
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
