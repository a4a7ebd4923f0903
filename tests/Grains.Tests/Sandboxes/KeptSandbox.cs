using Colloquy.Environments;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Agents.Offline;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Tests.Fakes;
using Colloquy.Sessions;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.Grains.Tests.Sandboxes;

/// <summary>The sandbox of one session as its activation keeps it, in a time that the test lets pass.</summary>
internal sealed class KeptSandbox
{
    public static readonly SessionId Id = new("sesn_1");
    public static readonly SandboxLeaseOptions Options = new();

    private int _messages;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero));

    public InMemorySessionStore Store { get; } = new();

    public MemoryCheckpoints Checkpoints { get; } = new();

    public ScriptedSandboxes Sandboxes { get; }

    public SandboxKeeper Keeper { get; private set; } = null!;

    public CheckpointTaker Taker { get; private set; } = null!;

    public SessionJournal Journal { get; private set; } = null!;

    /// <summary>What a sandbox is made like, whoever asks.</summary>
    public Func<SessionState, Task<SandboxShape>> ShapeOf { get; set; } = state => Task.FromResult(SandboxShape.Of(
        state.Environment ?? SandboxSettings.Default, new OfflineRuntime(), new ModelAccessOptions(), Options));

    public SessionState State => Journal.State!;

    public IEnumerable<EventBody?> Events => Store.Events(Id).Select(EventJson.Read);

    private KeptSandbox() => Sandboxes = new ScriptedSandboxes(Time);

    public static async Task<KeptSandbox> CreateAsync(TimeSpan? maxRun = null, SandboxSettings? environment = null)
    {
        var kept = new KeptSandbox();
        kept.Sandboxes.MaxRun = maxRun ?? kept.Sandboxes.MaxRun;
        kept.Activate();
        var state = SessionMachine.Create(
            Id, new CreateSession(), new AgentSummary("agent_offline", 1, "Test", "m"), "hash", kept.Time.GetUtcNow());
        await kept.Journal.CreateAsync(state with { Environment = environment });
        return kept;
    }

    /// <summary>The activation is dropped as it stands; another one reads what is stored.</summary>
    public async Task RestartAsync()
    {
        Activate();
        await Journal.LoadAsync(CancellationToken.None);
    }

    /// <summary>A message arrives and its turn begins; nothing is done for it yet.</summary>
    public Task SubmitAsync(TimeSpan? timeout = null)
    {
        var key = $"key{_messages++}";
        return Journal.CommitAsync(change => SessionMachine.Submit(
            change, [new UserMessageRequest(["go"], timeout)], key, null, Keeper.IsAwake));
    }

    public Task<ISandbox> OpenAsync() => Keeper.OpenAsync(State.Turn!.Deadline, CancellationToken.None);

    public async Task<ScriptedSandbox> BeginTurnAsync(TimeSpan? timeout = null)
    {
        await SubmitAsync(timeout);
        var sandbox = (ScriptedSandbox)await OpenAsync();
        await Journal.CommitAsync(change => SessionMachine.Launch(
            change, State.Turn!.Id, Keeper.TurnUntil(State.Turn.Deadline)));
        return sandbox;
    }

    /// <param name="gone">It ends because its sandbox is gone.</param>
    public Task FinishTurnAsync(bool gone = false)
    {
        var end = new TurnEnd(gone ? TurnOutcome.Failed : TurnOutcome.Completed)
        {
            SandboxGone = gone,
            SandboxAwakeUntil = Keeper.IdleUntil,
        };
        return Journal.CommitAsync(change => SessionMachine.FinishTurn(change, State.Turn!.Id, end));
    }

    public async Task SettleAsync()
    {
        await Keeper.RestAsync();
        if (Keeper.Current is { } sandbox)
        {
            await Taker.TakeAsync(sandbox, CancellationToken.None);
        }
    }

    /// <summary>A whole turn that takes so long, and leaves this in the workspace.</summary>
    public async Task<StatusIdle> RunTurnAsync(TimeSpan? duration = null, string? workspace = null)
    {
        var sandbox = await BeginTurnAsync();
        sandbox.Workspace = workspace ?? sandbox.Workspace;
        Time.Advance(duration ?? TimeSpan.FromSeconds(10));
        await FinishTurnAsync();
        await SettleAsync();
        return Events.OfType<StatusIdle>().Last();
    }

    /// <summary>Requests since the last call.</summary>
    public string[] Requests()
    {
        var requests = Sandboxes.Requests.ToArray();
        Sandboxes.Requests.Clear();
        return requests;
    }

    /// <summary>Idle stretches, and whether they are estimated.</summary>
    public IEnumerable<(double Seconds, bool Estimated)> IdleStretches() => Store.Events(Id)
        .Where(stored => stored is { Type: EventTypes.SandboxTime, TurnId: null })
        .Select(stored => ((SandboxTime)EventJson.Read(stored)!).Sandbox)
        .Concat(Events.OfType<StatusRunning>().Select(running => running.IdleSandbox!).Where(slice => slice is not null))
        .Select(slice => (slice.Seconds, slice.Estimated));

    private void Activate()
    {
        Journal = new SessionJournal(Store, PriceBook.BuiltIn, Time, Id, "here")
        {
            Stored = _ => { },
            Broken = _ => { },
        };
        Taker = new CheckpointTaker(Journal, Checkpoints, Options, Time);
        Keeper = new SandboxKeeper(Journal, Sandboxes, Taker, Options, state => ShapeOf(state), Time);
    }
}
