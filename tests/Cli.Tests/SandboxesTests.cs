using System.Text.Json;
using System.Text.Json.Nodes;
using Colloquy.Cli.Tests.Fakes;

namespace Colloquy.Cli.Tests;

public sealed class SandboxesTests
{
    [Fact]
    public async Task List_is_a_table_with_counts()
    {
        await using var api = await FakeApi.StartAsync();

        var output = await OutputOf(api, "sandboxes", "list");

        foreach (var part in (string[])[
            "sbx1", "sesn_1", "paused", "running, orphan", "2026-01-31 10:05:00Z",
            "1 running, 1 paused, 1 held by no session; 7 swept since the server started."])
        {
            Assert.Contains(part, output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task List_of_nothing_says_so()
    {
        await using var api = await FakeApi.StartAsync();
        api.Sandboxes["data"] = new JsonArray();
        foreach (var count in (string[])["running", "paused", "orphans", "swept_since_start"])
        {
            api.Sandboxes[count] = 0;
        }

        Assert.Equal(
            "0 running, 0 paused, 0 held by no session; 0 swept since the server started.\n",
            await OutputOf(api, "sandboxes", "list"));
    }

    [Fact]
    public async Task List_as_json_is_the_answer_of_the_server()
    {
        await using var api = await FakeApi.StartAsync();

        var json = JsonElement.Parse(await OutputOf(api, "sandboxes", "list", "--json"));

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(api.Sandboxes.ToJsonString()), json));
    }

    private static async Task<string> OutputOf(FakeApi api, params string[] arguments)
    {
        using var cli = new Invocation();
        Assert.Equal(ExitCodes.Success, await cli.RunAsync([.. arguments, "--server", api.Url.ToString()]));
        return cli.Output;
    }
}
