using System.Text.Json.Serialization;
using Colloquy.Costs;
using Colloquy.Environments;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// Everything a session remembers besides its journal: the stored form, and the input and output of
/// <see cref="SessionMachine"/>. Its size does not grow with the conversation.
/// </summary>
/// <param name="SchemaVersion">Raised when a reader must know the difference; see docs/storage.md.</param>
/// <param name="Head">The last sequence.</param>
/// <param name="CreateHash">Of the request that created it, to tell a repetition from another request.</param>
public sealed record SessionState(
    int SchemaVersion,
    SessionId Id,
    long Revision,
    long Head,
    string Status,
    AgentSummary Agent,
    string EnvironmentId,
    string? Title,
    IReadOnlyDictionary<string, string> Metadata,
    TimeSpan TurnTimeout,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string CreateHash)
{
    public const int CurrentSchema = 1;

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>
    /// What its environment said about sandboxes when it was created; null in sessions older than that.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SandboxSettings? Environment { get; init; }

    public RunningTurn? Turn { get; init; }

    /// <summary>Accepted messages that wait for their turn, oldest first.</summary>
    public IReadOnlyList<QueuedMessage> Queue { get; init; } = [];

    public SandboxLease? Sandbox { get; init; }

    /// <summary>Its last sandbox was lost, and no other has taken its place yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SandboxLost { get; init; }

    /// <summary>Something that the user is to learn with the next turn.</summary>
    public string? Notice { get; init; }

    /// <summary>The last copy of its files; what a new sandbox begins with.</summary>
    public WorkspaceCheckpoint? Checkpoint { get; init; }

    /// <summary>Why there is no later copy; null if there is no reason.</summary>
    public OversizedWorkspace? Oversized { get; init; }

    /// <summary>Turns that have begun.</summary>
    public int Turns { get; init; }

    public double ActiveSeconds { get; init; }

    /// <summary>Sums of the ledger entries of this session.</summary>
    public CostTotals Totals { get; init; } = CostTotals.Zero;

    /// <summary>For agents whose counts go on over their turns; null for others.</summary>
    public UsageBaseline? AgentUsage { get; init; }

    /// <summary>Something is left to do that nobody may ever ask for: the rescuer looks for these.</summary>
    [JsonIgnore]
    public bool Unsettled =>
        Turn is not null || Queue.Count > 0 ||
        (EndedAt is not null && (Sandbox is not null || Checkpoint is not null));
}

/// <param name="Sequence">Of the <c>user.message</c> event.</param>
public sealed record QueuedMessage(EventId Message, long Sequence, TimeSpan? Timeout, string? TraceParent)
{
    [JsonIgnore]
    public TurnId Turn => TurnId.For(Message);
}

/// <param name="FirstSequence">Of its <c>session.status_running</c> event.</param>
/// <param name="Deadline">Absolute, so that a restart does not start the clock anew.</param>
public sealed record RunningTurn(
    TurnId Id,
    EventId Message,
    long MessageSequence,
    long FirstSequence,
    int Number,
    DateTimeOffset StartedAt,
    DateTimeOffset Deadline,
    TraceReference Trace)
{
    /// <summary>How far the agent output has been stored as events, in bytes.</summary>
    public long OutputOffset { get; init; }

    /// <summary>Set before the launcher is started: the agent may have begun.</summary>
    public bool Launched { get; init; }

    public bool InterruptRequested { get; init; }

    /// <summary>Something the user should know about this turn although it is no error.</summary>
    public string? Notice { get; init; }

    /// <summary>What the turn's model calls cost so far.</summary>
    public CostTotals Cost { get; init; } = CostTotals.Zero;

    /// <summary>
    /// Whose token counts are booked: one of <see cref="Colloquy.Agents.UsageSource"/>, fixed when the agent is
    /// launched. Null before, and for a turn that an older server launched.
    /// </summary>
    public string? UsageSource { get; init; }

    /// <summary>Null until the gateway reports the first.</summary>
    public TurnCalls? Calls { get; init; }

    /// <summary>
    /// The tokens of the calls that the gateway has reported, by <see cref="Agents.ModelName.Family"/>. Null for none.
    /// </summary>
    public IReadOnlyDictionary<string, TokenUsage>? GatewayUsage { get; init; }

    /// <summary>Null until the agent sends the first.</summary>
    public TurnSpans? Spans { get; init; }
}

/// <summary>The sandbox that a session holds, from the intent to create it until it is killed or lost.</summary>
/// <param name="Id">The provider's key for the lease: the same lease never gives two sandboxes.</param>
/// <param name="SandboxId">Null until the provider has answered.</param>
/// <param name="SliceStart">From when its time is not booked yet.</param>
/// <param name="ExpiresAt">
/// When it is paused if nobody extends it. Without better knowledge, no time is booked beyond.
/// </param>
/// <param name="HistoryThrough">The last sequence of the journal that its history file covers.</param>
public sealed record SandboxLease(
    string Id,
    string? SandboxId = null,
    string Kind = "",
    [property: JsonPropertyName("vcpus")] int VCpus = 0,
    [property: JsonPropertyName("memory_mib")] int MemoryMiB = 0,
    DateTimeOffset SliceStart = default,
    DateTimeOffset ExpiresAt = default,
    long HistoryThrough = 0)
{
    /// <summary>When the provider began to count its longest run; a pause begins a new one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public DateTimeOffset RunStartedAt { get; init; }

    /// <summary>It was seen paused, and its time is booked until then.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Asleep { get; init; }
}

/// <summary>A stored archive of a session's files.</summary>
/// <param name="Hash">SHA-256 of the archive, lower-case hex: its name in the <see cref="ICheckpointStore"/>.</param>
/// <param name="Turn">The number of the turn after whose end it was taken.</param>
/// <param name="Fingerprint">Of the files it was made from, to see whether they have changed since.</param>
public sealed record WorkspaceCheckpoint(string Hash, long Bytes, DateTimeOffset TakenAt, int Turn, string Fingerprint);

/// <summary>The files had become too large for a checkpoint.</summary>
/// <param name="SinceTurn">The number of the first turn after which that was so.</param>
/// <param name="Fingerprint">Of the files that were last found too large.</param>
public sealed record OversizedWorkspace(int SinceTurn, string Fingerprint);
