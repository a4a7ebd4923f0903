using System.Runtime.CompilerServices;
using Colloquy.Costs;
using Colloquy.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Web.Tests.Doubles;

/// <summary>A session that keeps its journal in a list and answers at once.</summary>
public sealed partial class InMemorySession(SessionId id, TimeProvider time) : ISessionGrain
{
    private readonly Lock _lock = new();
    private readonly List<SessionEvent> _journal = [];
    private readonly Dictionary<string, SubmitEvents> _submitted = [];
    private TaskCompletionSource _grown = NewSignal();
    private TaskCompletionSource _followed = NewSignal();
    private CreateSession? _created;
    private bool _ended;
    private long _delivered;

    public bool Exists => _created is not null;

    public CreateSession Created => _created!;

    public List<SubmitEvents> Submitted { get; } = [];

    /// <summary>What calls fail with, once each.</summary>
    public Queue<Exception> Failures { get; } = new();

    /// <summary>What enumerations break with, one each: after how many events, and the exception (null: just end).</summary>
    public Queue<(int After, Exception? Error)> Breaks { get; } = new();

    /// <summary>How many previews break off in the middle.</summary>
    public int PreviewBreaks { get; set; }

    /// <summary>Events that an enumeration repeats although the follower has seen them.</summary>
    public int Repeats { get; set; }

    /// <summary>Events that the next enumeration leaves out.</summary>
    public int Skips { get; set; }

    /// <summary>Events that enumerations have handed out.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Completes when an enumeration has begun since the last call.</summary>
    public async Task FollowedAsync(CancellationToken cancellationToken)
    {
        await _followed.Task.WaitAsync(cancellationToken);
        _followed = NewSignal();
    }

    public Task<SessionSnapshot> CreateAsync(CreateSession request)
    {
        Fail();
        if (request.AgentId == BuiltIn.ClaudeCodeAgent)
        {
            throw new InvalidInputException("agent", "agent_claude_code needs ANTHROPIC_API_KEY.");
        }

        if (_created is not null && _created.Title != request.Title)
        {
            throw new IdempotencyConflictException("key");
        }

        _created ??= request;
        return Task.FromResult(Snapshot());
    }

    public Task<IReadOnlyList<SessionEvent>> SubmitAsync(SubmitEvents request)
    {
        Fail();
        Check();
        if (_ended)
        {
            throw new SessionEndedException(id.Value);
        }

        Submitted.Add(request);
        if (request.IdempotencyKey is { } key && !_submitted.TryAdd(key, request))
        {
            return Task.FromResult<IReadOnlyList<SessionEvent>>([.. _journal.Where(e => e.Type == EventTypes.UserMessage)]);
        }

        IReadOnlyList<SessionEvent> stored = [.. request.Events.Select(one => one switch
        {
            UserMessageRequest message => Append(
                new UserMessage([.. message.Text.Select(text => new ContentBlock(text))], message.Timeout?.TotalSeconds),
                isQueued: true),
            _ => throw new NothingToInterruptException(id.Value),
        })];
        foreach (var message in stored)
        {
            Answer(message);
        }

        return Task.FromResult(stored);
    }

    public Task<SessionSnapshot> GetAsync()
    {
        Fail();
        Check();
        return Task.FromResult(Snapshot());
    }

    public Task<EventPage> ReadAsync(EventQuery query)
    {
        Check();
        lock (_lock)
        {
            var ordered = query.Descending
                ? _journal.AsEnumerable().Reverse().Where(e => query.After is null || e.Sequence < query.After)
                : _journal.Where(e => query.After is null || e.Sequence > query.After);
            var matching = ordered.Where(e => query.Types is null || query.Types.Contains(e.Type)).ToList();
            var page = matching.Take(query.Limit).ToList();
            return Task.FromResult(new EventPage(page, matching.Count > page.Count ? page[^1].Sequence : null));
        }
    }

    /// <summary>As if each message had been written in two pieces just before it was stored.</summary>
    public async IAsyncEnumerable<SessionEvent> FollowLiveAsync(
        long after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var stored in FollowAsync(after, cancellationToken))
        {
            if (EventJson.Read(stored) is AgentMessage message)
            {
                var half = message.Text.Length / 2;
                yield return Preview(stored, EventStart.OfMessage(stored.Id));
                yield return Preview(stored, EventDelta.OfText(stored.Id, message.Text[..half]));
                if (PreviewBreaks-- > 0)
                {
                    throw new EnumerationAbortedException("moved");
                }

                yield return Preview(stored, EventDelta.OfText(stored.Id, message.Text[half..]));
            }

            yield return stored;
        }
    }

    public async IAsyncEnumerable<SessionEvent> FollowAsync(
        long after, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var cut = Breaks.TryDequeue(out var next) ? next : (After: int.MaxValue, Error: null);
        var position = (int)Math.Max(0, after - Repeats + Skips);
        Skips = 0;
        for (var given = 0; ; given++)
        {
            if (given >= cut.After)
            {
                if (cut.Error is not null)
                {
                    throw cut.Error;
                }

                yield break;
            }

            while (Peek(position) is null)
            {
                if (_ended)
                {
                    yield break;
                }

                var grown = _grown.Task;
                _followed.TrySetResult();
                if (Peek(position) is null)
                {
                    await grown.WaitAsync(cancellationToken);
                }
            }

            Interlocked.Increment(ref _delivered);
            yield return Peek(position++)!;
        }
    }

    public Task<SessionSnapshot> EndAsync()
    {
        Check();
        if (!_ended)
        {
            Append(new StatusTerminated());
            _ended = true;
            Signal();
        }

        return Task.FromResult(Snapshot());
    }

    public Task<SandboxAccess?> OpenSandboxAsync(bool create) =>
        Task.FromResult<SandboxAccess?>(new SandboxAccess("sbx1", TimeSpan.FromMinutes(5)));

    public Task ResumeAsync() => Task.CompletedTask;

    public SessionEvent Append(EventBody body, bool isQueued = false)
    {
        lock (_lock)
        {
            var sequence = _journal.Count + 1;
            return Append(new SessionEvent(
                sequence, EventId.From(id, $"{sequence}"), body.Type, null, time.GetUtcNow(),
                isQueued ? null : time.GetUtcNow(), EventJson.Write(body)));
        }
    }

    public SessionEvent Append(SessionEvent stored)
    {
        lock (_lock)
        {
            _journal.Add(stored);
        }

        Signal();
        return stored;
    }

    public SessionSnapshot Snapshot() => new(
        id, _ended ? SessionStatus.Terminated : SessionStatus.Idle, _journal.Count,
        new AgentSummary(_created!.AgentId, 1, "Offline", "offline-1", "Answers without a model."),
        _created.EnvironmentId, _created.Title, _created.Metadata, _created.TurnTimeout ?? TimeSpan.FromMinutes(10),
        time.GetUtcNow(), time.GetUtcNow(), _ended ? time.GetUtcNow() : null, RunningTurn, 0, Submitted.Count, 1.5,
        new CostTotals(new TokenUsage(10, 5, 2, 1, 3), 1, 0, 42_000, 2, 4, 1, 8_000), "sbx1");

    private static SessionEvent Preview(SessionEvent stored, EventBody body) =>
        new(0, stored.Id, body.Type, stored.TurnId, default, null, EventJson.Write(body));

    private void Answer(SessionEvent message)
    {
        var turn = TurnId.For(message.Id);
        var trace = new TraceReference("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        Append(new StatusRunning(turn, message.Id, time.GetUtcNow().AddMinutes(10), trace));
        var start = Append(new ModelRequestStart("call1", "offline-1"));
        Append(new AgentMessage([new ContentBlock("I am offline. 391.")], "offline-1"));
        Append(new ModelRequestEnd(
            start.Id, false, ModelUsage.From(new TokenUsage(10, 5, 2, 1, 3)), "offline-1", "call1", 0.000042m)
        {
            DurationSeconds = 0.5,
            HttpStatus = 200,
            RequestId = "req_1",
            MessageId = "msg_1",
            ServiceTier = "standard",
            Speed = "standard",
            Error = new ModelRequestError("api_error", "stream_cut", "The answer was cut."),
        });
        Append(new StatusIdle(
            StopReason.EndTurn, turn, TurnOutcome.Completed, 1.5, CostTotals.Zero, null, trace));
    }

    private SessionEvent? Peek(int index)
    {
        lock (_lock)
        {
            return index < _journal.Count ? _journal[index] : null;
        }
    }

    private void Signal() => Interlocked.Exchange(ref _grown, NewSignal()).TrySetResult();

    private void Fail()
    {
        if (Failures.TryDequeue(out var failure))
        {
            throw failure;
        }
    }

    private void Check()
    {
        if (!Exists)
        {
            throw new SessionNotFoundException(id.Value);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
