using Colloquy.Grains.Uploads;
using Colloquy.Sessions;
using Colloquy.Uploads;
using Xunit;

namespace Colloquy.Tests.Storage;

/// <summary>What every <see cref="IUploadStore"/> does.</summary>
public abstract class UploadStoreContract : StoreContract
{
    private static readonly DateTimeOffset Later = Sample.Start.AddHours(1);

    private readonly SessionId _session = SessionId.New();

    [Fact]
    public async Task Status_of_an_empty_store_is_zero()
    {
        Assert.Equal(new UploadStatus(0, 0, 0, null), await Store.Uploads.GetStatusAsync(Token));
        Assert.Null(await Store.Uploads.NextDueAsync(Token));
        Assert.Empty(await Store.Uploads.ListDueAsync(Later, 10, Token));
    }

    [Fact]
    public async Task Added_row_is_due_from_its_creation_on()
    {
        var row = await AddAsync(1);

        Assert.Empty(await Store.Uploads.ListDueAsync(row.CreatedAt.AddMicroseconds(-1), 10, Token));
        Assert.Equal([new PendingUpload(row, 0)], await Store.Uploads.ListDueAsync(row.CreatedAt, 10, Token));
        Assert.Equal(row.CreatedAt, await Store.Uploads.NextDueAsync(Token));
        Assert.Equal(new UploadStatus(1, 0, 0, row.CreatedAt), await Store.Uploads.GetStatusAsync(Token));
    }

    [Fact]
    public async Task ListDue_gives_the_oldest_first_whenever_they_are_due()
    {
        var (first, second, third) = (await AddAsync(1), await AddAsync(2), await AddAsync(3));
        await Store.Uploads.RetryAsync(first.Key, 1, Sample.Start.AddMinutes(30), "busy", Token);
        await Store.Uploads.RetryAsync(second.Key, 4, Later.AddMinutes(1), "busy", Token);

        Assert.Equal(
            [new PendingUpload(first, 1), new PendingUpload(third, 0)],
            await Store.Uploads.ListDueAsync(Later, 10, Token));
        Assert.Equal([new PendingUpload(first, 1)], await Store.Uploads.ListDueAsync(Later, 1, Token));
        Assert.Equal(third.CreatedAt, await Store.Uploads.NextDueAsync(Token));
    }

    [Fact]
    public async Task Acknowledged_row_is_settled_for_good()
    {
        var row = await AddAsync(1);
        await Store.Uploads.AcknowledgeAsync(row.Key, Later, Token);

        await Store.Uploads.AcknowledgeAsync(row.Key, Later, Token);
        await Store.Uploads.RetryAsync(row.Key, 2, Sample.Start, "late", Token);
        await Store.Uploads.BuryAsync(row.Key, 3, Later, "late", Token);

        await AssertSettledAsync(new UploadStatus(0, 1, 0, null));
    }

    [Fact]
    public async Task Buried_row_is_settled_for_good()
    {
        var row = await AddAsync(1);
        await Store.Uploads.BuryAsync(row.Key, 3, Later, "refused", Token);

        await Store.Uploads.BuryAsync(row.Key, 3, Later, "refused", Token);
        await Store.Uploads.RetryAsync(row.Key, 4, Sample.Start, "late", Token);
        await Store.Uploads.AcknowledgeAsync(row.Key, Later, Token);

        await AssertSettledAsync(new UploadStatus(0, 0, 1, null));
    }

    [Fact]
    public async Task Rows_of_one_turn_with_two_destinations_are_settled_apart()
    {
        var turn = Sample.Turn(_session, 1);
        var local = new UploadRow(_session, turn, 1, 1, "local", Sample.Start);
        var remote = local with { Destination = "remote" };
        await AppendAsync(Sample.Append(_session, 1, 0) with { Uploads = [local, remote] });

        await Store.Uploads.AcknowledgeAsync(local.Key, Later, Token);

        Assert.Equal([new PendingUpload(remote, 0)], await Store.Uploads.ListDueAsync(Later, 10, Token));
        Assert.Equal(new UploadStatus(1, 1, 0, Sample.Start), await Store.Uploads.GetStatusAsync(Token));
    }

    [Fact]
    public async Task Unknown_key_changes_nothing()
    {
        await Store.Uploads.AcknowledgeAsync(new UploadKey(_session, Sample.Turn(_session, 1), "local"), Later, Token);

        await AssertSettledAsync(new UploadStatus(0, 0, 0, null));
    }

    private async Task<UploadRow> AddAsync(long revision)
    {
        var append = Sample.FullAppend(_session, revision);
        await AppendAsync(append);
        return append.Uploads[0];
    }

    private async Task AssertSettledAsync(UploadStatus expected)
    {
        Assert.Equal(expected, await Store.Uploads.GetStatusAsync(Token));
        Assert.Null(await Store.Uploads.NextDueAsync(Token));
        Assert.Empty(await Store.Uploads.ListDueAsync(Later.AddDays(1), 10, Token));
    }
}
