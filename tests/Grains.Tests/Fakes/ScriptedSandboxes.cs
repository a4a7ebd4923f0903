using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Tests.Fakes;

/// <summary>Sandboxes whose agents say what the test tells them to say, and end when the test ends them.</summary>
internal sealed class ScriptedSandboxes : ISandboxProvider
{
    private readonly ConcurrentDictionary<string, ScriptedSandbox> _byLease = new();
    private readonly Channel<ScriptedProcess> _started = Channel.CreateUnbounded<ScriptedProcess>();

    public string Kind => "local";

    public int Created => _byLease.Count;

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
        if (CreateFails is { } failure)
        {
            throw failure;
        }

        var hold = HoldNextCreate;
        HoldNextCreate = null;
        return hold is null
            ? _byLease.GetOrAdd(spec.Lease, _ => NewSandbox())
            : await CreateLaterAsync(spec, hold).WaitAsync(cancellationToken);
    }

    public Task<ISandbox?> ConnectAsync(string sandboxId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<ISandbox?>(
            _byLease.Values.FirstOrDefault(sandbox => sandbox.Id == sandboxId && !sandbox.IsGone));
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
    public void Lose(string sandboxId) => _byLease.Values.Single(sandbox => sandbox.Id == sandboxId).Lose();

    /// <summary>A request that was looked for in vain while it was on its way makes one more sandbox.</summary>
    private async Task<ISandbox> CreateLaterAsync(SandboxSpec spec, Task hold)
    {
        await hold;
        var sandbox = NewSandbox();
        return _byLease.TryAdd(spec.Lease, sandbox) ? sandbox : _byLease[spec.Lease + "-again"] = sandbox;
    }

    private ScriptedSandbox NewSandbox() => new($"sbx{_byLease.Count + 1}", _started.Writer, Faults);
}

/// <summary>What goes wrong in sandboxes.</summary>
internal sealed class SandboxFaults
{
    public SandboxException? StartFails { get; set; }

    /// <summary>The next upload never ends.</summary>
    public bool HangNextWrite { get; set; }

    public TaskCompletionSource WriteHangs { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>So many attempts to stop an agent come before it has started, and stop nothing.</summary>
    public int StopsBeforeStart { get; set; }
}

internal sealed class ScriptedSandbox(string id, ChannelWriter<ScriptedProcess> started, SandboxFaults faults) : ISandbox
{
    private readonly ConcurrentDictionary<string, ScriptedProcess> _processes = new();

    public string Id => id;

    public bool IsGone { get; private set; }

    public SandboxResources Resources { get; } = new(2, 512);

    public Task ExtendAsync(TimeSpan timeout, CancellationToken cancellationToken) => Alive();

    public async Task WriteAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        await Alive();
        if (faults.HangNextWrite)
        {
            faults.HangNextWrite = false;
            faults.WriteHangs.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }

    public async IAsyncEnumerable<ProcessEvent> StartAsync(
        ProcessSpec process, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Alive();
        // The launcher's arguments: -c, its text, its name, the verb, the turn's folder, and more.
        var (verb, turn) = (process.Arguments[3], process.Arguments[4].Split('/')[^1]);
        if (verb == "stop")
        {
            if (faults.StopsBeforeStart-- <= 0 && _processes.TryGetValue(turn, out var running))
            {
                running.ToldToStop.TrySetResult();
            }

            yield return new ProcessEnded(0, "exit status 0");
            yield break;
        }

        if (faults.StartFails is { } failure)
        {
            throw failure;
        }

        if (verb == "follow" && !_processes.ContainsKey(turn))
        {
            yield return new ProcessEnded(Launcher.NotStarted, "exit status 77");
            yield break;
        }

        var agent = _processes.GetOrAdd(turn, _ => new ScriptedProcess(turn, process.Arguments, this));
        await started.WriteAsync(agent, cancellationToken);
        yield return new ProcessStarted(1);
        await foreach (var chunk in agent.ReadAsync(cancellationToken))
        {
            yield return new ProcessOutput(chunk, IsError: false);
        }

        if (IsGone)
        {
            throw new SandboxException(SandboxFailure.Gone, "The sandbox was killed while the agent was running.");
        }
    }

    public void Lose()
    {
        IsGone = true;
        foreach (var process in _processes.Values)
        {
            process.Close();
        }
    }

    private Task Alive() => IsGone
        ? throw new SandboxException(SandboxFailure.Gone, "The sandbox was not found.")
        : Task.CompletedTask;
}

/// <summary>One run of an agent in a scripted sandbox.</summary>
internal sealed class ScriptedProcess(string turn, IReadOnlyList<string> arguments, ScriptedSandbox sandbox)
{
    public string Turn => turn;

    /// <summary>A file that came with the start.</summary>
    public string File(string name) => arguments[arguments.ToList().LastIndexOf(name) + 1];

    public ScriptedSandbox Sandbox => sandbox;

    private readonly List<byte[]> _printed = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _closed;
    private int _breaks;

    public TaskCompletionSource ToldToStop { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Everything it printed from the beginning, then what it prints until it ends: what following a file is.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var breaks = _breaks;
        for (var next = 0; ;)
        {
            if (breaks != _breaks)
            {
                throw new SandboxException(SandboxFailure.Unavailable, "The stream broke.");
            }

            byte[][] found;
            Task more;
            lock (_printed)
            {
                found = [.. _printed.Skip(next)];
                more = _more.Task;
                if (found.Length == 0 && _closed)
                {
                    yield break;
                }
            }

            foreach (var chunk in found)
            {
                yield return chunk;
                next++;
            }

            if (found.Length == 0)
            {
                await more.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Prints one line.</summary>
    public void Print(string line) => Change(() => _printed.Add(Encoding.UTF8.GetBytes(line + "\n")));

    /// <summary>Whoever reads is cut off, as by a network that fails; the agent runs on.</summary>
    public void BreakStreams() => Change(() => _breaks++);

    public void Close() => Change(() => _closed = true);

    private void Change(Action change)
    {
        lock (_printed)
        {
            change();
            _more.SetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Says something that costs tokens, as the real agent does.</summary>
    public void Say(string text, string messageId = "msg_1")
    {
        Print($$$"""{"type":"stream_event","event":{"type":"message_start","message":{"id":"{{{messageId}}}","model":"offline-1","usage":{"input_tokens":10,"output_tokens":1} } } }""");
        Print($$$"""{"type":"assistant","message":{"id":"{{{messageId}}}","model":"offline-1","content":[{"type":"text","text":"{{{text}}}"}]}}""");
        Print("""{"type":"stream_event","event":{"type":"message_delta","usage":{"input_tokens":10,"output_tokens":5}}}""");
        Print("""{"type":"stream_event","event":{"type":"message_stop"}}""");
    }

    /// <summary>Ends as an agent that is done.</summary>
    public void Finish(string text = "done")
    {
        Print($$$"""{"type":"result","subtype":"success","is_error":false,"result":"{{{text}}}","usage":{"input_tokens":0,"output_tokens":0},"model_usage_since_last_result":{} }""");
        Exit(0);
    }

    public void Exit(int code, string stderr = "")
    {
        Print($$"""{"type":"launcher_exit","exit_code":{{code}},"stderr":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(stderr))}}"}""");
        Close();
    }
}
