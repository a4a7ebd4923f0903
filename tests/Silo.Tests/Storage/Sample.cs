using System.Text;
using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Uploads;
using Colloquy.Sessions;

namespace Colloquy.Tests.Storage;

/// <summary>Changes to append, with values that follow from session, revision and sequence.</summary>
internal static class Sample
{
    public const string Owner = "silo-1";

    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly CostKey Day = CostKey.For(Start);

    public static SessionRow Row(SessionId session, long revision, long head) => new(
        session, revision, head, SessionStatus.Idle, "agent_offline", Unsettled: false, Owner,
        Start, Start.AddSeconds(revision), State(revision));

    public static byte[] State(long revision) => Encoding.UTF8.GetBytes($$"""{"revision":{{revision}}}""");

    public static SessionEvent Event(
        SessionId session, long sequence, string type = EventTypes.AgentMessage, string? source = null, TurnId? turn = null) =>
        new(
            sequence, EventId.From(session, source ?? $"event:{sequence}"), type, turn, Start.AddSeconds(sequence), null,
            Encoding.UTF8.GetBytes($$"""{"n":{{sequence}}}"""));

    /// <summary>The change from one revision to the next, with <paramref name="events"/> new plain events.</summary>
    public static SessionAppend Append(SessionId session, long revision, long head, int events = 1) => new(
        Row(session, revision, head + events),
        [.. Enumerable.Range(1, events).Select(i => Event(session, head + i))],
        [],
        []);

    /// <summary>A change of one event that is priced and ends a turn.</summary>
    public static SessionAppend FullAppend(SessionId session, long revision, string destination = "local")
    {
        var turn = Turn(session, revision);
        return new SessionAppend(
            Row(session, revision, revision),
            [Event(session, revision, turn: turn)],
            [Entry(session, revision)],
            [new UploadRow(session, turn, revision, revision, destination, Start.AddSeconds(revision))]);
    }

    public static TurnId Turn(SessionId session, long number) => TurnId.For(EventId.From(session, $"turn:{number}"));

    public static LedgerEntry Entry(SessionId session, long sequence, string? model = "model-a", long? nanoUsd = 7) => new(
        session, sequence, CostKey.DefaultTenant, Start, Turn(session, sequence), model,
        model is null ? TokenUsage.None : new TokenUsage(1, 2, 3, 4, 5), model is null ? 1.5 : 0, 2, 512, nanoUsd, "v1");
}
