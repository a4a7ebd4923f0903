using System.Text.Json;
using Colloquy.Cli.Tests.Fakes;

namespace Colloquy.Cli.Tests;

public sealed class SessionsAndCostsTests
{
    [Fact]
    public async Task Sessions_are_listed_shown_and_ended()
    {
        await using var api = await FakeApi.StartAsync();
        var session = api.AddSession();
        session.Begin("Hello?").Turn.Answer("Hello.");

        var list = await OutputOf(api, "sessions", "list");
        Assert.Contains("sesn_1", list, StringComparison.Ordinal);
        Assert.Contains("agent_offline", list, StringComparison.Ordinal);

        var show = await OutputOf(api, "sessions", "show", "sesn_1");
        Assert.Contains("> Hello?", show, StringComparison.Ordinal);
        Assert.Contains("Hello.", show, StringComparison.Ordinal);
        Assert.Contains("sbx1", show, StringComparison.Ordinal);

        var end = await OutputOf(api, "sessions", "end", "sesn_1");
        Assert.Contains("sesn_1 has ended (terminated)", end, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_session_is_an_error()
    {
        await using var api = await FakeApi.StartAsync();
        using var cli = new Invocation();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync("sessions", "show", "sesn_9", "--server", api.Url.ToString()));
        Assert.Contains("session_not_found", cli.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Costs_are_a_table_with_totals_and_notes()
    {
        await using var api = await FakeApi.StartAsync();

        var table = await OutputOf(api, "costs", "--by", "model");

        foreach (var part in (string[])["offline-1", "total", "224", "0.002040", "demo prices"])
        {
            Assert.Contains(part, table, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Unpriced_costs_are_marked_and_not_shown_as_free()
    {
        await using var api = await FakeApi.StartAsync();
        api.Costs["rows"]![0]!["unpriced_calls"] = 1;
        api.Costs["totals"]!["unpriced_calls"] = 1;

        var table = await OutputOf(api, "costs", "--by", "model");

        Assert.Contains("(+)", table, StringComparison.Ordinal);
        Assert.Contains("has no price", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Costs_as_csv_have_a_header_and_a_line_for_each_row()
    {
        await using var api = await FakeApi.StartAsync();

        var lines = (await OutputOf(api, "costs", "--by", "model", "--csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(2, lines.Length);
        Assert.StartsWith("by,key,model_calls,unpriced_calls,input_tokens,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("model,offline-1,2,0,200,10,14,224,40,3,6,1.5,0.002,0.00004,0.00204", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Costs_as_json_are_the_answer_of_the_server()
    {
        await using var api = await FakeApi.StartAsync();

        var json = JsonElement.Parse(await OutputOf(api, "costs", "--json"));

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(api.Costs.ToJsonString()), json));
    }

    private static async Task<string> OutputOf(FakeApi api, params string[] arguments)
    {
        using var cli = new Invocation();
        Assert.Equal(ExitCodes.Success, await cli.RunAsync([.. arguments, "--server", api.Url.ToString()]));
        Assert.DoesNotContain('\u001b', cli.Output);
        return cli.Output;
    }
}
