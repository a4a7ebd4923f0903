using System.Security.Cryptography;
using System.Text.Json;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Environments;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using EventId = Colloquy.Sessions.EventId;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// One conversation. The grain decides nothing by itself: <see cref="SessionMachine"/> does; it stores nothing by
/// itself: <see cref="SessionJournal"/> does; turns run in the background, see <c>SessionGrain.Turn.cs</c>.
/// </summary>
public sealed partial class SessionGrain : Grain, ISessionGrain, IDisposable
{
    /// <summary>A provider that does not answer must hold up neither the caller nor the silo's shutdown.</summary>
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(10);

    /// <summary>Nor must the end of a session wait long to learn how long its sandbox ran.</summary>
    private static readonly TimeSpan LookPatience = TimeSpan.FromSeconds(2);

    private readonly ISessionStore _store;
    private readonly AgentCatalog _agents;
    private readonly EnvironmentCatalog _environments;
    private readonly ModelAccessIssuer _models;
    private readonly TimeProvider _time;
    private readonly ILogger<SessionGrain> _log;
    private readonly TurnRescuer _rescuer;
    private readonly CancellationToken _stopping;
    private readonly SessionId _id;
    private readonly SessionJournal _journal;
    private readonly CheckpointTaker _checkpoints;
    private readonly SandboxKeeper _sandboxes;
    private readonly TimeSpan _settleDelay;
    private EventFeed _feed = new(0);
    private bool _ending;

    public SessionGrain(
        IGrainContext context, ISessionStore store, PriceBook prices, AgentCatalog agents,
        EnvironmentCatalog environments, ISandboxProvider provider, ICheckpointStore checkpoints,
        SandboxLeaseOptions sandboxOptions, SandboxShapes shapes, ModelAccessIssuer models, TimeProvider time,
        SiloOwner owner, TurnRescuer rescuer, IHostApplicationLifetime lifetime, ILogger<SessionGrain> log)
    {
        (_store, _agents, _models, _time, _rescuer, _log) = (store, agents, models, time, rescuer, log);
        _environments = environments;
        _stopping = lifetime.ApplicationStopping;
        _id = new SessionId(context.GrainId.Key.ToString()!);
        _journal = new SessionJournal(store, prices, time, _id, owner.Name) { Stored = OnStored, Broken = OnBroken };
        _checkpoints = new CheckpointTaker(_journal, checkpoints, sandboxOptions, time);
        _sandboxes = new SandboxKeeper(_journal, provider, _checkpoints, sandboxOptions, shapes.OfAsync, time);
        _settleDelay = sandboxOptions.SettleDelay;
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await _journal.LoadAsync(cancellationToken);
        _feed = new EventFeed(_journal.State?.Head ?? 0);
    }

    public async Task<SessionSnapshot> CreateAsync(CreateSession request)
    {
        var hash = Hash(request);
        if (_journal.State is { } existing)
        {
            return existing.CreateHash == hash
                ? existing.ToSnapshot()
                : throw new IdempotencyConflictException(_id.Value);
        }

        SubmitRules.Check(request);
        var agent = await _agents.ForNewSessionAsync(request.AgentId, request.AgentVersion);
        var environment = await _environments.ForNewSessionAsync(request.EnvironmentId);
        await _journal.CreateAsync(SessionMachine.Create(
            _id, request with { TurnTimeout = request.TurnTimeout ?? agent.TurnTimeout }, agent.ToSummary(), hash,
            _time.GetUtcNow().Truncated()) with
        {
            Environment = environment.Sandbox,
        });
        return Existing().ToSnapshot();
    }

    public async Task<IReadOnlyList<SessionEvent>> SubmitAsync(SubmitEvents request)
    {
        Existing();
        SubmitRules.Check(request);
        if (request.IdempotencyKey is { } key && await FindRepeatedAsync(request.Events, key) is { } repeated)
        {
            return repeated;
        }

        SubmitRules.CheckQueue(Existing(), request);
        var source = request.IdempotencyKey ?? Guid.NewGuid().ToString("N");
        var stored = await _journal.CommitAsync(
            change => SessionMachine.Submit(change, request.Events, source, request.TraceParent, _sandboxes.IsAwake));
        RunTurns();
        return stored;
    }

    public Task<SessionSnapshot> GetAsync() => Task.FromResult(Existing().ToSnapshot());

    public Task<EventPage> ReadAsync(EventQuery query)
    {
        Existing();
        SubmitRules.Check(query);
        return _store.ReadAsync(_id, query, CancellationToken.None);
    }

    public IAsyncEnumerable<SessionEvent> FollowAsync(long after, CancellationToken cancellationToken = default) =>
        FollowAsync(after, null, cancellationToken);

    public async Task<SessionSnapshot> EndAsync()
    {
        if (Existing().EndedAt is null)
        {
            await StopCallsAsync();
            await EndSessionAsync();
        }

        AbandonTurn();
        await KillSandboxAsync();
        return Existing().ToSnapshot();
    }

    public async Task ResumeAsync()
    {
        Existing();
        // Also where there is nothing to start: it makes this silo the owner, so that sweeps no longer find the
        // session.
        await _journal.CommitAsync(change => SessionMachine.StartNextTurn(change, _sandboxes.IsAwake));
        if (Existing().EndedAt is not null)
        {
            await KillSandboxAsync();
        }

        RunTurns();
    }

    /// <summary>The events that this key stored before, or null if it is new.</summary>
    /// <exception cref="IdempotencyConflictException">It stored other events.</exception>
    private async Task<IReadOnlyList<SessionEvent>?> FindRepeatedAsync(IReadOnlyList<UserEvent> events, string key)
    {
        var found = new List<SessionEvent>();
        // One beyond the last, to notice that the first request had more events than this one.
        for (var index = 0; index <= events.Count; index++)
        {
            var id = EventId.From(_id, SourceKey.Submitted(key, index));
            if (await _store.FindEventAsync(_id, id, CancellationToken.None) is not { } stored)
            {
                break;
            }

            found.Add(stored);
        }

        var same = found.Count == events.Count && found.Zip(events).All(pair => pair.First.IsSameAs(pair.Second));
        return found.Count == 0 ? null : same ? found : throw new IdempotencyConflictException(key);
    }

    /// <summary>
    /// Stops a turn in the midst of model calls and lets the gateway say what they came to: else they would be booked
    /// at the most that they may have used.
    /// </summary>
    private async Task StopCallsAsync()
    {
        if (Existing().Turn is not { Calls.Open.Count: > 0 } turn)
        {
            return;
        }

        _ending = true;
        try
        {
            await _journal.CommitAsync(change => SessionMachine.StopTurn(change, turn.Id));
            RunTurns();
            await new CallCloser(_journal, _store, _time, turn).WaitAsync(_stopping);
        }
        finally
        {
            _ending = false;
        }
    }

    private async Task EndSessionAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
        patience.CancelAfter(LookPatience);
        var run = await _sandboxes.LookAsync(patience.Token);
        await _journal.CommitAsync(change => SessionMachine.End(change, run));
    }

    private async Task KillSandboxAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
        patience.CancelAfter(KillPatience);
        try
        {
            await _sandboxes.KillAsync(patience.Token);
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException or IOException)
        {
            LogSandboxNotKilled(_id, exception);
            _rescuer.AddLater(_id);
        }
    }

    private SessionState Existing()
    {
        if (_journal.State is { } state)
        {
            return state;
        }

        DeactivateOnIdle();
        throw new SessionNotFoundException(_id.Value);
    }

    private void OnStored(SessionChange change)
    {
        _feed.Publish(change.Events);
        ModelTelemetry.Record(change);
        NotifyReaders(change);
    }

    private void OnBroken(Exception exception)
    {
        LogJournalBroken(_id, exception);
        AbandonTurn();
        _feed.Signal();
        DeactivateOnIdle();
    }

    private static string Hash(CreateSession request) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request)));
}
