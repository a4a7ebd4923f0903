using System.Runtime.Versioning;
using Colloquy.Grains.Sandboxes;
using Xunit;

namespace Colloquy.Grains.Tests.Sandboxes;

/// <summary>The real script with the real tar.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class WorkspaceArchiveTests : IDisposable
{
    private const long Limit = 1_000_000;

    private readonly RealHome _home = new();
    private readonly RealHome _other = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _home.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Home_in_which_nothing_was_done_is_untouched()
    {
        await File.WriteAllTextAsync(_home.PathOf(".profile"), "from the template", Token);
        await WorkspaceMarker.WriteAsync(_home, "lease", Token);
        await WriteAsync(".colloquy/turns/turn_1/prompt", "ours");

        Assert.Equal(PackOutcome.Untouched, (await PackAsync(_home, "")).Outcome);
        Assert.False(Directory.Exists(_home.PathOf(".colloquy/workspace")));
    }

    [Fact]
    public async Task Files_come_back_with_names_modes_times_and_links()
    {
        await MarkAsync(_home);
        await WriteAsync("src/a file ü\n.sh", "#!/bin/sh\n");
        File.SetUnixFileMode(_home.PathOf("src/a file ü\n.sh"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(_home.PathOf("link"), "src");
        Directory.CreateDirectory(_home.PathOf("empty"));

        var packed = await PackAsync(_home, "");
        await UnpackAsync();

        Assert.Equal(PackOutcome.Packed, packed.Outcome);
        Assert.Equal("#!/bin/sh\n", await File.ReadAllTextAsync(_other.PathOf("link/a file ü\n.sh"), Token));
        Assert.Equal(
            File.GetUnixFileMode(_home.PathOf("src/a file ü\n.sh")), File.GetUnixFileMode(_other.PathOf("src/a file ü\n.sh")));
        Assert.Equal(new PackedWorkspace(PackOutcome.Unchanged, ""), await PackAsync(_other, packed.Fingerprint));
    }

    [Fact]
    public async Task Folder_of_the_server_is_not_copied()
    {
        await MarkAsync(_home);
        await WriteAsync("mine", "x");
        await WriteAsync(".colloquy/history.jsonl", "ours");

        await PackAsync(_home, "");
        await UnpackAsync();

        Assert.Equal("x", await File.ReadAllTextAsync(_other.PathOf("mine"), Token));
        Assert.False(File.Exists(_other.PathOf(".colloquy/history.jsonl")));
        Assert.False(File.Exists(_other.PathOf(WorkspaceArchive.Path)));
    }

    [Fact]
    public async Task Only_a_change_of_the_files_changes_the_fingerprint()
    {
        await MarkAsync(_home);
        await WriteAsync("one", "1");
        var first = await PackAsync(_home, "");
        await WriteAsync(".colloquy/turns/turn_2/prompt", "ours");
        Assert.Equal(PackOutcome.Unchanged, (await PackAsync(_home, first.Fingerprint)).Outcome);

        await WriteAsync("one", "2");
        var second = await PackAsync(_home, first.Fingerprint);
        Assert.Equal(PackOutcome.Packed, second.Outcome);
        File.Delete(_home.PathOf("one"));

        Assert.Equal(PackOutcome.Packed, (await PackAsync(_home, second.Fingerprint)).Outcome);
    }

    [Fact]
    public async Task Files_that_are_too_large_leave_nothing_behind()
    {
        await MarkAsync(_home);
        await File.WriteAllBytesAsync(_home.PathOf("noise"), RandomBytes(2 * Limit), Token);

        Assert.Equal(PackOutcome.Oversized, (await PackAsync(_home, "")).Outcome);
        Assert.False(Directory.Exists(_home.PathOf(".colloquy/workspace")));
    }

    [Fact]
    public async Task Archive_that_cannot_be_unpacked_says_so()
    {
        var problem = await WorkspaceArchive.UnpackAsync(_other, new MemoryStream(RandomBytes(1000)), Token);

        Assert.NotNull(problem);
    }

    [Fact]
    public async Task Copy_that_is_being_made_stops_when_it_is_discarded()
    {
        await MarkAsync(_home);
        // So many zeros take a minute to read, and no room.
        await using (var file = File.Create(_home.PathOf("zeros")))
        {
            file.SetLength(100L << 30);
        }

        using var nextTurn = new CancellationTokenSource();
        var packing = WorkspaceArchive.PackAsync(_home, "", Limit * 1000, nextTurn.Token);
        var pidFile = _home.PathOf(".colloquy/workspace/pid");
        while (!File.Exists(pidFile) || (await File.ReadAllTextAsync(pidFile, Token)).Length == 0)
        {
            await Task.Delay(5, Token);
        }

        var pid = int.Parse(await File.ReadAllTextAsync(pidFile, Token), System.Globalization.CultureInfo.InvariantCulture);
        await nextTurn.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => packing);
        await WorkspaceArchive.DiscardAsync(_home);

        while (Directory.Exists($"/proc/{pid}"))
        {
            await Task.Delay(5, Token);
        }

        Assert.False(File.Exists(_home.PathOf(WorkspaceArchive.Path)));
    }

    private static byte[] RandomBytes(long count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    /// <summary>As if it had been made long before the agent began.</summary>
    private static async Task MarkAsync(RealHome home)
    {
        await WorkspaceMarker.WriteAsync(home, "lease", Token);
        File.SetLastWriteTimeUtc(home.PathOf(WorkspaceMarker.Path), DateTime.UnixEpoch);
    }

    private static Task<PackedWorkspace> PackAsync(RealHome home, string known) =>
        WorkspaceArchive.PackAsync(home, known, Limit, Token);

    private Task WriteAsync(string path, string content) => _home.WriteAsync(
        path, new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content)), Token);

    private async Task UnpackAsync()
    {
        await using var archive = await _home.ReadAsync(WorkspaceArchive.Path, Token);
        Assert.Null(await WorkspaceArchive.UnpackAsync(_other, archive!, Token));
    }
}
