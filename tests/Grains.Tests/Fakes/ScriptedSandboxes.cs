using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Tests.Fakes;

/// <summary>Sandboxes whose agents say what the test tells them to say, and end when the test ends them.</summary>
internal sealed class ScriptedSandboxes(TimeProvider? time = null) : ISandboxProvider
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ConcurrentDictionary<string, ScriptedSandbox> _byLease = new();
    private readonly Channel<ScriptedProcess> _started = Channel.CreateUnbounded<ScriptedProcess>();

    public string Kind => "local";

    public TimeSpan MaxRun { get; set; } = TimeSpan.FromDays(2);

    /// <summary>What was asked of the provider, in order: <c>get sbx1</c>, <c>connect sbx1 300</c> ...</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Asking for the state of a sandbox fails.</summary>
    public SandboxException? GetFails { get; set; }

    public ScriptedSandbox? Newest => All is [.., var newest] ? newest : null;

    public int Created => _byLease.Count;

    /// <summary>In the order they were created.</summary>
    public IReadOnlyList<ScriptedSandbox> All =>
        [.. _byLease.Values.OrderBy(sandbox => sandbox.Id.Length).ThenBy(sandbox => sandbox.Id, StringComparer.Ordinal)];

    /// <summary>What each request to create has asked for.</summary>
    public ConcurrentQueue<SandboxSpec> Specs { get; } = new();

    public ConcurrentQueue<string> Killed { get; } = new();

    public Exception? CreateFails { get; set; }

    public SandboxException? KillFails { get; set; }

    public int KillAttempts { get; private set; }

    /// <summary>Requests to create that have arrived, answered or not.</summary>
    public int CreateRequests { get; private set; }

    /// <summary>The next request to create is carried out when this completes, even if its client has given up.</summary>
    public Task? HoldNextCreate { get; set; }

    /// <summary>Sandboxes that nobody has killed.</summary>
    public int Alive => _byLease.Values.Count(sandbox => !sandbox.IsGone);

    public SandboxFaults Faults { get; } = new();

    /// <summary>The next agent that is started, or found again.</summary>
    public async Task<ScriptedProcess> NextProcessAsync() =>
        await _started.Reader.ReadAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);

    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        CreateRequests++;
        Specs.Enqueue(spec);
        Requests.Enqueue($"create {spec.Timeout.TotalSeconds:0}");
        if (CreateFails is { } failure)
        {
            throw failure;
        }

        var hold = HoldNextCreate;
        HoldNextCreate = null;
        return hold is null
            ? _byLease.GetOrAdd(spec.Lease, _ => NewSandbox(spec)).Open(spec.Timeout)
            : await CreateLaterAsync(spec, hold).WaitAsync(cancellationToken);
    }

    public Task<ISandbox?> ConnectAsync(string sandboxId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Requests.Enqueue($"connect {sandboxId} {timeout.TotalSeconds:0}");
        return Task.FromResult<ISandbox?>(Find(sandboxId)?.Open(timeout));
    }

    public Task<SandboxStatus?> GetAsync(string sandboxId, CancellationToken cancellationToken)
    {
        Requests.Enqueue($"get {sandboxId}");
        return GetFails is { } failure ? throw failure : Task.FromResult(Find(sandboxId)?.Status);
    }

    public Task<bool> PauseAsync(string sandboxId, CancellationToken cancellationToken)
    {
        Requests.Enqueue($"pause {sandboxId}");
        Find(sandboxId)?.Pause();
        return Task.FromResult(Find(sandboxId) is not null);
    }

    public async IAsyncEnumerable<SandboxStatus> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var sandbox in _byLease.Values.Where(sandbox => !sandbox.IsGone))
        {
            yield return sandbox.Status;
        }
    }

    public Task KillAsync(string sandboxId, CancellationToken cancellationToken)
    {
        KillAttempts++;
        if (KillFails is { } failure)
        {
            throw failure;
        }

        Killed.Enqueue(sandboxId);
        Lose(sandboxId);
        return Task.CompletedTask;
    }

    /// <summary>The sandbox dies, as on a host that crashed.</summary>
    public void Lose(string sandboxId) => this[sandboxId].Lose();

    public ScriptedSandbox this[string sandboxId] => _byLease.Values.Single(sandbox => sandbox.Id == sandboxId);

    /// <summary>A request that was looked for in vain while it was on its way makes one more sandbox.</summary>
    private async Task<ISandbox> CreateLaterAsync(SandboxSpec spec, Task hold)
    {
        await hold;
        var sandbox = NewSandbox(spec);
        return _byLease.TryAdd(spec.Lease, sandbox) ? sandbox : _byLease[spec.Lease + "-again"] = sandbox;
    }

    private ScriptedSandbox? Find(string sandboxId) =>
        _byLease.Values.FirstOrDefault(sandbox => sandbox.Id == sandboxId && !sandbox.IsGone);

    private ScriptedSandbox NewSandbox(SandboxSpec spec) =>
        new($"sbx{_byLease.Count + 1}", spec, this, _started.Writer, _time);
}

/// <summary>What goes wrong in sandboxes.</summary>
internal sealed class SandboxFaults
{
    public SandboxException? StartFails { get; set; }

    /// <summary>The next upload never ends.</summary>
    public bool HangNextWrite { get; set; }

    public TaskCompletionSource WriteHangs { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The next copy of a workspace is made when this completes.</summary>
    public Task? HoldNextPack { get; set; }

    public TaskCompletionSource PackHangs { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The next request that sets the time of a sandbox is carried out when this completes.</summary>
    public Task? HoldNextTimeout { get; set; }

    /// <summary>Reading and writing files fails.</summary>
    public SandboxException? FilesFail { get; set; }

    /// <summary>So many attempts to stop an agent come before it has started, and stop nothing.</summary>
    public int StopsBeforeStart { get; set; }
}
