using System.Text;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Uploads;
using Colloquy.Sessions;
using Colloquy.Uploads;
using Xunit;

namespace Colloquy.Tests.Storage.Sqlite;

/// <summary>
/// What the checked-in file of each schema version holds. A file is checked in once, as the tests of the version it
/// belongs to leave it in their output folder, and never changed.
/// </summary>
public static class GoldenStore
{
    private static readonly SessionId Session = new("sesn_golden");
    private static readonly TurnId Turn = new("turn_golden");
    private static readonly UploadKey Acknowledged = new(Session, new TurnId("turn_before"), "local");

    private static readonly SessionEvent[] Events =
    [
        Event(1, EventTypes.UserMessage, """{"content":[{"type":"text","text":"Grüße 🙂"}]}"""),
        Event(2, EventTypes.StatusRunning, """{"turn_id":"turn_golden"}"""),
        Event(3, EventTypes.ModelRequestEnd, """{"model":"model-a","a_member_of_the_future":1}"""),
        Event(4, "session.of_the_future", "{}") with { TurnId = null },
    ];

    public static async Task WriteAsync(IStoreUnderTest store, CancellationToken token)
    {
        var row = Sample.Row(Session, 1, 4) with { Unsettled = true };
        UploadRow[] uploads =
        [
            new(Session, Turn, 1, 4, "local", Sample.Start),
            new(Session, Acknowledged.Turn, 1, 1, "local", Sample.Start),
        ];
        await store.Sessions.AppendAsync(
            [new SessionAppend(row, Events, [Sample.Entry(Session, 3), Sample.Entry(Session, 4, null, null)], uploads)],
            token);
        await store.Uploads.AcknowledgeAsync(Acknowledged, Sample.Start, token);
        await store.Uploads.RetryAsync(uploads[0].Key, 2, Sample.Start.AddHours(1), "busy", token);
    }

    public static async Task AssertHoldsAsync(IStoreUnderTest store, CancellationToken token)
    {
        var row = await store.Sessions.FindAsync(Session, token);
        Assert.NotNull(row);
        Assert.Equal(Sample.Row(Session, 1, 4) with { Unsettled = true, State = row.State }, row);
        Assert.Equal(Sample.State(1), row.State);
        Assert.Equal([Session], await store.Sessions.ListUnsettledAsync([], 10, token));
        Assert.Equal(row.Id, Assert.Single((await store.Sessions.ListAsync(new SessionQuery(), token)).Rows).Id);

        var events = (await store.Sessions.ReadAsync(Session, new EventQuery(), token)).Events;
        Assert.Equal(Events.Select(Comparable), events.Select(Comparable));
        Assert.Equal(Events[1].CreatedAt, events[0].ProcessedAt);

        var groups = (await store.Ledger.ReadAsync(Sample.Day, null, token)).Groups;
        Assert.Equal(7, Assert.Single(groups, group => group.Model == "model-a").Totals.TotalNanoUsd);
        Assert.Equal(1, Assert.Single(groups, group => group.Model is null).Totals.UnpricedSandboxSlices);

        Assert.Equal(new UploadStatus(1, 1, 0, Sample.Start), await store.Uploads.GetStatusAsync(token));
        Assert.Equal(Sample.Start.AddHours(1), await store.Uploads.NextDueAsync(token));
        Assert.Equal(
            AppendOutcome.Appended,
            Assert.Single(await store.Sessions.AppendAsync([Sample.Append(Session, 2, 4)], token)));
    }

    private static SessionEvent Event(long sequence, string type, string data) => new(
        sequence, new EventId($"sevt_golden{sequence}"), type, Turn, Sample.Start.AddMicroseconds(sequence), null,
        Encoding.UTF8.GetBytes(data));

    private static object Comparable(SessionEvent e) =>
        (e.Sequence, e.Id, e.Type, e.TurnId, e.CreatedAt, Encoding.UTF8.GetString(e.Data));
}
