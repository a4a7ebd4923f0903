using Colloquy.Sessions;
using Colloquy.Silo.Storage.Checkpoints;
using Colloquy.Tests.Storage;
using Xunit;

namespace Colloquy.Silo.Storage;

public sealed class FileCheckpointStoreTests : IDisposable
{
    private static readonly SessionId Session = new("sesn_1");

    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_put_is_read_by_the_next_server_by_its_hash()
    {
        var stored = await NewStore().PutAsync(Session, new MemoryStream("abc"u8.ToArray()), 3, Token);

        Assert.Equal(("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3), (stored.Hash, stored.Bytes));
        await using var read = await NewStore().OpenAsync(Session, stored.Hash, Token);
        using var reader = new StreamReader(read!);
        Assert.Equal("abc", await reader.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task Archive_beyond_the_limit_is_refused_and_leaves_nothing()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            NewStore().PutAsync(Session, new MemoryStream(new byte[4]), 3, Token));

        Assert.Empty(Files());
    }

    [Fact]
    public async Task Archive_that_breaks_off_leaves_nothing()
    {
        await Assert.ThrowsAsync<IOException>(() => NewStore().PutAsync(Session, new BrokenStream(), 1000, Token));

        Assert.Empty(Files());
    }

    [Fact]
    public async Task What_a_killed_server_left_unfinished_is_removed_at_the_start()
    {
        var stored = await NewStore().PutAsync(Session, new MemoryStream(new byte[4]), 10, Token);
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "checkpoints", "sesn_1", "left.tmp"), "half", Token);

        NewStore();

        Assert.Equal([$"{stored.Hash}.tar.gz"], Files());
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("abd")]
    public async Task Damaged_archive_is_not_opened(string content)
    {
        var stored = await NewStore().PutAsync(Session, new MemoryStream("abc"u8.ToArray()), 3, Token);
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Path, "checkpoints", "sesn_1", $"{stored.Hash}.tar.gz"), content, Token);

        Assert.Null(await NewStore().OpenAsync(Session, stored.Hash, Token));
    }

    [Fact]
    public async Task Deleting_takes_one_or_all_of_a_session_and_nothing_of_others()
    {
        var store = NewStore();
        var first = await store.PutAsync(Session, new MemoryStream([1]), 10, Token);
        var second = await store.PutAsync(Session, new MemoryStream([2]), 10, Token);
        await store.PutAsync(new SessionId("sesn_2"), new MemoryStream([1]), 10, Token);

        await store.DeleteAsync(Session, first.Hash, Token);
        await store.DeleteAsync(Session, first.Hash, Token);
        Assert.Null(await store.OpenAsync(Session, first.Hash, Token));
        await using (var kept = await store.OpenAsync(Session, second.Hash, Token))
        {
            Assert.NotNull(kept);
        }

        await store.DeleteAllAsync(Session, Token);
        await store.DeleteAllAsync(Session, Token);
        Assert.Single(Files());
    }

    [Fact]
    public async Task Name_that_leads_out_of_the_folder_is_refused() =>
        await Assert.ThrowsAsync<ArgumentException>(() => NewStore().OpenAsync(Session, "../../secret", Token));

    private FileCheckpointStore NewStore() => new(Path.Combine(_folder.Path, "checkpoints"));

    private IEnumerable<string?> Files() =>
        Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName);

    private sealed class BrokenStream : MemoryStream
    {
        private bool _read;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_read)
            {
                throw new IOException("cut off");
            }

            _read = true;
            return ValueTask.FromResult(100);
        }
    }
}
