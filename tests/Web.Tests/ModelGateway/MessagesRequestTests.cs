using System.Text;
using Colloquy.Costs;
using Colloquy.Web.ModelGateway;

namespace Colloquy.Web.Tests.ModelGateway;

public sealed class MessagesRequestTests
{
    [Theory]
    [InlineData("100", 100)]
    [InlineData("-1", 0)]
    [InlineData("9223372036854775807", 1_000_000)]
    [InlineData("99999999999999999999", 0)]
    public void Output_that_nobody_can_write_is_not_in_the_worst_case(string asked, long expected) =>
        Assert.Equal(expected, Read($$"""{"model":"m","max_tokens":{{asked}}}""")!.WorstCase.Output);

    [Theory]
    [InlineData("""{"model":"m","system":"\"cache_control\" \"1h\""}""", "input")]
    [InlineData("""{"model":"m","system":[{"cache_control":{"type":"ephemeral"}}]}""", "5m")]
    [InlineData("""{"model":"m","system":[{"cache_control":{"type":"ephemeral","ttl": "1h"}}]}""", "1h")]
    public void Prompt_that_is_to_be_cached_is_estimated_as_a_cache_write(string body, string kind)
    {
        var tokens = (body.Length + 2) / 3;

        Assert.Equal(
            kind switch
            {
                "input" => new TokenUsage(tokens, 0, 0, 0, 0),
                "5m" => new TokenUsage(0, 0, tokens, 0, 0),
                _ => new TokenUsage(0, 0, 0, tokens, 0),
            },
            Read(body)!.WorstCase);
    }

    private static MessagesRequest? Read(string body) => MessagesRequest.Read(Encoding.UTF8.GetBytes(body), out _);
}
