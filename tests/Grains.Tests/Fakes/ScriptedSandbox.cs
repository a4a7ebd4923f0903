using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Tests.Fakes;

/// <summary>
/// A sandbox with a clock: it is paused when its time is over, or its longest run. Its workspace is one text; its files
/// are what was written into it.
/// </summary>
internal sealed class ScriptedSandbox(
    string id, SandboxSpec spec, ScriptedSandboxes provider, ChannelWriter<ScriptedProcess> started, TimeProvider time)
    : ISandbox
{
    private readonly ConcurrentDictionary<string, ScriptedProcess> _processes = new();
    private DateTimeOffset _startedAt = time.GetUtcNow();
    private DateTimeOffset _endAt = time.GetUtcNow() + spec.Timeout;
    private TimeSpan _ranBefore;
    private bool _paused;

    public string Id => id;

    public bool IsGone { get; private set; }

    public bool WasResumed { get; private set; }

    public SandboxResources Resources { get; } = new(2, 512);

    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    public DateTimeOffset EndAt => _endAt;

    /// <summary>All that an agent left in the home folder.</summary>
    public string Workspace { get; set; } = "";

    /// <summary>What has the size that no copy may have.</summary>
    public bool IsTooLarge { get; set; }

    /// <summary>Without its pauses.</summary>
    public TimeSpan RanFor => IsPaused ? _ranBefore : _ranBefore + (time.GetUtcNow() - _startedAt);

    public bool IsPaused
    {
        get
        {
            if (!_paused && time.GetUtcNow() >= _endAt)
            {
                PauseAt(_endAt);
            }

            return _paused;
        }
    }

    public SandboxStatus Status => new(
        id, spec.SessionId, spec.Lease, IsPaused ? SandboxState.Paused : SandboxState.Running, _startedAt, _endAt, Resources);

    public ScriptedSandbox Open(TimeSpan timeout)
    {
        WasResumed = IsPaused;
        if (_paused)
        {
            (_paused, _startedAt, _endAt) = (false, time.GetUtcNow(), time.GetUtcNow());
        }

        SetEnd(timeout, mayShorten: false);
        return this;
    }

    public void Pause()
    {
        if (!IsPaused)
        {
            PauseAt(time.GetUtcNow());
        }
    }

    public async Task ExtendAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        await HoldAsync();
        provider.Requests.Enqueue($"extend {id} {timeout.TotalSeconds:0}");
        if (IsGone)
        {
            await Alive();
        }

        Open(timeout);
    }

    public async Task SetTimeoutAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        await HoldAsync();
        provider.Requests.Enqueue($"timeout {id} {timeout.TotalSeconds:0}");
        await Alive();
        SetEnd(timeout, mayShorten: true);
    }

    public async Task WriteAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        await FilesWork();
        if (provider.Faults.HangNextWrite && files.Any(file => file.Path != WorkspaceMarker.Path))
        {
            provider.Faults.HangNextWrite = false;
            provider.Faults.WriteHangs.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        foreach (var file in files)
        {
            Files[file.Path] = file.Content.ToArray();
        }
    }

    public async Task WriteAsync(string path, Stream content, CancellationToken cancellationToken)
    {
        await FilesWork();
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy, cancellationToken);
        Files[path] = copy.ToArray();
    }

    public async Task<Stream?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await FilesWork();
        return Files.TryGetValue(path, out var content) ? new MemoryStream(content) : null;
    }

    public Task<IReadOnlyList<SandboxEntry>?> ListAsync(string path, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public async IAsyncEnumerable<ProcessEvent> StartAsync(
        ProcessSpec process, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Alive();
        if (process.Arguments[2] == "workspace.sh")
        {
            await foreach (var happening in RunWorkspaceScriptAsync(process.Arguments, cancellationToken))
            {
                yield return happening;
            }

            yield break;
        }

        // The launcher's arguments: -c, its text, its name, the verb, the turn's folder, and more.
        var (verb, turn) = (process.Arguments[3], process.Arguments[4].Split('/')[^1]);
        if (verb == "stop")
        {
            if (provider.Faults.StopsBeforeStart-- <= 0 && _processes.TryGetValue(turn, out var running))
            {
                running.ToldToStop.TrySetResult();
            }

            yield return new ProcessEnded(0, "exit status 0");
            yield break;
        }

        if (provider.Faults.StartFails is { } failure)
        {
            throw failure;
        }

        if (verb == "follow" && !_processes.ContainsKey(turn))
        {
            yield return new ProcessEnded(Launcher.NotStarted, "exit status 77");
            yield break;
        }

        var agent = _processes.GetOrAdd(turn, _ => new ScriptedProcess(turn, process.Arguments, this));
        if (agent.IsKilled)
        {
            yield return new ProcessEnded(Launcher.Lost, "exit status 76");
            yield break;
        }

        await started.WriteAsync(agent, cancellationToken);
        yield return new ProcessStarted(1);
        await foreach (var chunk in agent.ReadAsync(cancellationToken))
        {
            yield return new ProcessOutput(chunk, IsError: false);
        }

        if (IsGone || agent.IsKilled)
        {
            throw new SandboxException(SandboxFailure.Gone, "The sandbox was killed while the agent was running.");
        }
    }

    public void Lose()
    {
        IsGone = true;
        KillProcesses();
    }

    private async IAsyncEnumerable<ProcessEvent> RunWorkspaceScriptAsync(
        IReadOnlyList<string> arguments, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        provider.Requests.Enqueue($"{arguments[3]} {id}");
        if (arguments[3] == "pack" && provider.Faults.HoldNextPack is { } hold)
        {
            provider.Faults.HoldNextPack = null;
            provider.Faults.PackHangs.SetResult();
            await hold.WaitAsync(cancellationToken);
        }

        if (arguments[3] == "pack")
        {
            yield return new ProcessOutput(Encoding.UTF8.GetBytes(Pack(known: arguments[4]) + "\n"), IsError: false);
        }
        else if (arguments[3] == "unpack")
        {
            Workspace = Encoding.UTF8.GetString(Files[WorkspaceArchive.Path]);
        }
        else
        {
            Files.TryRemove(WorkspaceArchive.Path, out _);
        }

        yield return new ProcessEnded(0, "exit status 0");
    }

    private string Pack(string known)
    {
        var content = Encoding.UTF8.GetBytes(Workspace);
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(content))[..8];
        if (Workspace.Length == 0 && known.Length == 0)
        {
            return "untouched";
        }

        if (fingerprint == known)
        {
            return "unchanged";
        }

        if (IsTooLarge)
        {
            return $"oversized {fingerprint}";
        }

        Files[WorkspaceArchive.Path] = content;
        return $"packed {fingerprint}";
    }

    private void PauseAt(DateTimeOffset at)
    {
        (_paused, _endAt) = (true, at);
        _ranBefore += at - _startedAt;
        KillProcesses();
    }

    private void KillProcesses()
    {
        foreach (var process in _processes.Values)
        {
            process.Kill();
        }
    }

    private void SetEnd(TimeSpan timeout, bool mayShorten)
    {
        var (end, longest) = (time.GetUtcNow() + timeout, _startedAt + provider.MaxRun);
        end = end < longest ? end : longest;
        _endAt = mayShorten || end > _endAt ? end : _endAt;
    }

    private async Task HoldAsync()
    {
        if (provider.Faults.HoldNextTimeout is { } hold)
        {
            provider.Faults.HoldNextTimeout = null;
            await hold;
        }
    }

    private Task FilesWork() => provider.Faults.FilesFail is { } failure ? throw failure : Alive();

    private Task Alive() => IsGone || IsPaused
        ? throw new SandboxException(SandboxFailure.Gone, "The sandbox was not found.")
        : Task.CompletedTask;
}
