using System.Text.Json;
using Colloquy.Grains.Tracing;
using Colloquy.Grains.Uploads;
using Colloquy.Silo.Traces;
using Xunit;

namespace Colloquy.Silo.Tests.Traces;

public sealed class LocalTraceSinkTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 1, 30, 0, TimeSpan.FromHours(2));
    private readonly string _folder = Directory.CreateTempSubdirectory("traces-").FullName;

    private CancellationToken Cancellation { get; } = TestContext.Current.CancellationToken;

    private string File(string turn) => Path.Combine(_folder, "traces", "2026-11-22", $"{turn}.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Send_writes_a_line_per_span_under_the_utc_day()
    {
        await Sink().SendAsync([Span("turn_1"), Span("turn_1", "llm")], Cancellation);

        var lines = await System.IO.File.ReadAllLinesAsync(File("turn_1"), Cancellation);
        Assert.Equal(2, lines.Length);
        using var root = JsonDocument.Parse(lines[0]);
        Assert.Equal("task", root.RootElement.GetProperty("type").GetString());
        Assert.Equal("00f067aa0ba902b7", root.RootElement.GetProperty("span_id").GetString());
        Assert.Equal("Zeile\neins ü", root.RootElement.GetProperty("input").GetString());
        Assert.Equal(1.5, root.RootElement.GetProperty("metrics").GetProperty("start").GetDouble());
        Assert.Equal("turn_1", root.RootElement.GetProperty("metadata").GetProperty("turn_id").GetString());
    }

    [Fact]
    public async Task Send_again_replaces_the_file_and_leaves_no_other()
    {
        var sink = Sink();
        await sink.SendAsync([Span("turn_1")], Cancellation);
        var first = await System.IO.File.ReadAllBytesAsync(File("turn_1"), Cancellation);
        // What a crash in the middle of writing leaves behind.
        await System.IO.File.WriteAllTextAsync(File("turn_1") + ".tmp", "half a li", Cancellation);

        await sink.SendAsync([Span("turn_1")], Cancellation);

        Assert.Equal(first, await System.IO.File.ReadAllBytesAsync(File("turn_1"), Cancellation));
        Assert.Single(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Send_of_different_turns_at_once_writes_them_all()
    {
        var sink = Sink();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(turn => sink.SendAsync([Span($"turn_{turn}")], Cancellation)));

        Assert.Equal(20, Directory.GetFiles(_folder, "*.jsonl", SearchOption.AllDirectories).Length);
    }

    [Theory]
    [InlineData("../turn")]
    [InlineData("a/b")]
    [InlineData("")]
    public async Task Send_of_a_turn_that_is_no_file_name_is_refused_for_good(string turn)
    {
        await Assert.ThrowsAsync<TraceSinkException>(() => Sink().SendAsync([Span(turn)], Cancellation));

        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Send_into_a_folder_that_cannot_be_made_can_be_repeated_once_it_can()
    {
        var blocked = Path.Combine(_folder, "traces");
        await System.IO.File.WriteAllTextAsync(blocked, "in the way", Cancellation);

        var error = await Assert.ThrowsAsync<IOException>(() => Sink().SendAsync([Span("turn_1")], Cancellation));
        Assert.Contains(File("turn_1"), error.Message, StringComparison.Ordinal);

        System.IO.File.Delete(blocked);
        await Sink().SendAsync([Span("turn_1")], Cancellation);
        Assert.True(System.IO.File.Exists(File("turn_1")));
    }

    private LocalTraceSink Sink() => new(Path.Combine(_folder, "traces"));

    private static TraceSpan Span(string turn, string type = "task") => new(
        "00f067aa0ba902b7", "0af7651916cd43dd8448eb211c80319c", null, "Turn 1", type, Start, Start.AddSeconds(1),
        JsonSerializer.SerializeToElement("Zeile\neins ü"), null, new Dictionary<string, double> { ["start"] = 1.5 },
        new Dictionary<string, string> { [SpanMetadata.TurnId] = turn }, null);
}
