using System.Text;
using Colloquy.Costs;
using Colloquy.Models;
using Colloquy.Web.ModelGateway;
using CsCheck;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.Tests.ModelGateway;

/// <summary>Streams in pieces cut anywhere, with whatever line ends, comments and sizes.</summary>
public sealed class StreamedAnswerTests
{
    private const string Start =
        """{"type":"message_start","message":{"id":"msg_1","model":"m-1","usage":{"input_tokens":10,"cache_creation_input_tokens":9,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":3},"output_tokens":1,"service_tier":"priority"}}}""";

    private const string Delta =
        """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":20,"cache_read_input_tokens":7,"server_tool_use":{"web_search_requests":4,"web_fetch_requests":5}}}""";

    private static readonly Gen<string> LineEnd = Gen.OneOf(Gen.Const("\n"), Gen.Const("\r\n"), Gen.Const("\r"));

    /// <summary>What may stand between the frames that count.</summary>
    private static readonly Gen<(string Name, string[] Data)[]> Others = Gen.OneOf(
        Gen.Const(("ping", new[] { """{"type":"ping"}""" })),
        Gen.Const(("", Array.Empty<string>())), // a comment
        Gen.Int[0, 20_000].Select(size => ("content_block_delta", new[] { $$"""{"x":"{{new string('x', size)}}"}""" })),
        Gen.Const(("content_block_start", new[] { "{", "}" }))).Array[0, 4];

    private static readonly Gen<(byte[] Stream, int LastFrame, int[] Cuts)> Streams =
        from end in LineEnd
        from a in Others
        from b in Others
        from c in Others
        let frames = (List<(string, string[])>)[.. a, ("message_start", [Start]), .. b, ("message_delta", Delta.Split(',').Select((part, n) => n == 0 ? part : "," + part).ToArray()), .. c]
        let before = string.Concat(frames.Select(frame => Frame(frame.Item1, frame.Item2, end)))
        let whole = Encoding.UTF8.GetBytes(before + Frame("message_stop", ["""{"type":"message_stop"}"""], end) + ": bye" + end)
        from cuts in Gen.Int[1, 5_000].Array[1, 40]
        select (whole, Encoding.UTF8.GetByteCount(before), cuts);

    [Fact]
    public Task Any_cut_gives_the_same_bytes_and_counts_and_holds_the_last_frame() => Streams.SampleAsync(async sample =>
    {
        var context = new DefaultHttpContext();
        using var output = new MemoryStream();
        context.Response.Body = output;
        var record = new CallRecord(new ModelCallStart("call_1", "asked", TokenUsage.None, 0, false), TimeProvider.System) { Status = 200 };
        long? sentBeforeEnd = null;
        var answer = new StreamedAnswer(context.Response, record, () =>
        {
            sentBeforeEnd = output.Length;
            return Task.FromResult(true);
        });

        await answer.CopyAsync(new Pieces(sample.Stream, sample.Cuts), CancellationToken.None);

        Assert.Equal(sample.Stream, output.ToArray());
        // The line feed of a CRLF at the end of a frame may go with the next one.
        Assert.InRange(sentBeforeEnd!.Value, sample.LastFrame - 1, sample.LastFrame);
        var end = record.ToEnd("secret");
        Assert.Equal(new TokenUsage(10, 20, 6, 3, 7), end.Tokens);
        Assert.Equal(("m-1", "msg_1", "end_turn", 4, 5), (end.Model, end.MessageId, end.StopReason, end.WebSearches, end.WebFetches));
        Assert.Equal("priority", end.Terms.ServiceTier);
        Assert.Null(end.Error);
    }, iter: 300);

    [Fact]
    public async Task Stream_without_names_is_read_by_the_types_in_its_data()
    {
        var context = new DefaultHttpContext();
        using var output = new MemoryStream();
        context.Response.Body = output;
        var record = new CallRecord(new ModelCallStart("call_1", "asked", TokenUsage.None, 0, false), TimeProvider.System) { Status = 200 };
        var text = $"data: {Start}\n\ndata: {Delta}\n\ndata: {{\"type\":\"message_stop\"}}\n\n";

        await new StreamedAnswer(context.Response, record, () => Task.FromResult(true))
            .CopyAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), CancellationToken.None);

        Assert.Equal(20, record.ToEnd("secret").Tokens.Output);
        Assert.False(record.ToEnd("secret").Incomplete);
    }

    [Fact]
    public async Task End_that_is_not_stored_keeps_the_last_frame_back()
    {
        var context = new DefaultHttpContext();
        using var output = new MemoryStream();
        context.Response.Body = output;
        var record = new CallRecord(new ModelCallStart("call_1", "asked", TokenUsage.None, 0, false), TimeProvider.System) { Status = 200 };
        var text = Frame("message_start", [Start], "\n") + Frame("message_stop", ["{}"], "\n");

        await new StreamedAnswer(context.Response, record, () => Task.FromResult(false))
            .CopyAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), CancellationToken.None);

        Assert.Equal(Frame("message_start", [Start], "\n"), Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public void Compactions_are_counted_beside_the_message()
    {
        var answer = new AnswerReader();

        answer.ReadBody(Encoding.UTF8.GetBytes(
            """
            {"type":"message","model":"m","usage":{"input_tokens":5,"output_tokens":6,"iterations":[
              {"type":"compaction","input_tokens":100,"output_tokens":20},{"type":"message","input_tokens":5,"output_tokens":6}]}}
            """));

        Assert.Equal(new TokenUsage(105, 26, 0, 0, 0), answer.Usage.Tokens);
    }

    [Fact]
    public void Counts_that_no_call_has_do_not_overflow()
    {
        const string Most =
            "\"input_tokens\":9223372036854775807,\"output_tokens\":9223372036854775807," +
            "\"cache_creation_input_tokens\":9223372036854775807";
        var compactions = string.Join(',', Enumerable.Repeat($$"""{"type":"compaction",{{Most}}}""", 1000));
        var answer = new AnswerReader();

        answer.ReadBody(Encoding.UTF8.GetBytes(
            $$"""{"type":"message","usage":{ {{Most}},"iterations":[{{compactions}}]} }"""));

        Assert.Equal(
            new TokenUsage(2_000_000_000_000, 2_000_000_000_000, 2_000_000_000_000, 0, 0), answer.Usage.Tokens);
    }

    [Fact]
    public void Half_a_character_hides_no_counts()
    {
        var answer = new AnswerReader();

        answer.ReadBody("""{"type":"message","id":"\ud800","model":"\ud800","usage":{"input_tokens":5}}"""u8.ToArray());

        Assert.Equal((5L, null), (answer.Usage.Tokens.Input, answer.Model));
        Assert.Null(AnswerReader.TypeOf("""{"typ\ud800":1}"""u8.ToArray()));
    }

    [Theory]
    [InlineData("""{"type":"message","usage":{"input_tokens":-5,"output_tokens":"7","cache_creation":null,"server_tool_use":[]}}""")]
    [InlineData("""{"type":"message","usage":null}""")]
    [InlineData("[1]")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void Nonsense_counts_nothing(string body)
    {
        var answer = new AnswerReader();

        answer.ReadBody(Encoding.UTF8.GetBytes(body));

        Assert.Equal(TokenUsage.None, answer.Usage.Tokens);
    }

    private static string Frame(string name, string[] data, string end) =>
        (name.Length == 0 ? $": nothing{end}" : $"event: {name}{end}")
        + string.Concat(data.Select(line => $"data: {line}{end}")) + end;

    /// <summary>A stream that gives its bytes in pieces.</summary>
    private sealed class Pieces(byte[] bytes, int[] sizes) : MemoryStream(bytes)
    {
        private int _next;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var size = Math.Min(buffer.Length, sizes[_next++ % sizes.Length]);
            return base.ReadAsync(buffer[..size], cancellationToken);
        }
    }
}
