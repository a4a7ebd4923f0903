using System.Net;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests;

public sealed class ControlPlaneTests(SharedHost shared)
{
    private static readonly HttpMethod Get = HttpMethod.Get, Post = HttpMethod.Post, Delete = HttpMethod.Delete;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "authorization header is missing")]
    [InlineData("e2b_wrong", "Invalid API key")]
    public async Task Call_without_the_key_is_401(string? key, string message)
    {
        using var response = await shared.Host.ControlAsync(Get, "/v2/sandboxes", key: key);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(401, (int)body["code"]!);
        Assert.StartsWith(message, (string)body["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"templateID":"base","timeout":0}""", 400, "Timeout must be greater than 0")]
    [InlineData("""{"templateID":"base","timeout":86401}""", 400, "Timeout cannot be greater than 24 hours")]
    [InlineData("""{"templateID":"base","timeout":null}""", 400, "validation error: \"timeout\"")]
    [InlineData("""{"timeout":5}""", 400, "validation error: \"templateID\"")]
    [InlineData("""{"templateID":"other"}""", 404, "template 'other' not found")]
    [InlineData("""{"templateID":"base","autoPauseMemory":false}""", 400, "autoPauseMemory")]
    [InlineData("""{"templateID":"base","autoPause":true,"autoPauseMemory":false,"autoResume":{"enabled":true}}""", 400, "autoPauseMemory")]
    [InlineData("""{"templateID":"base","volumeMounts":[{"name":"v","path":"/v"}]}""", 400, "volumeMounts: not supported")]
    [InlineData("""{"templateID":"base","network":{"denyOut":["10.0.0.0/8"]}}""", 400, "network: this host cannot apply these rules")]
    [InlineData("""{"templateID":"base","envVars":{"A B":"1"}}""", 400, "validation error: \"envVars\"")]
    [InlineData("""{"templateID":""", 400, "Error when parsing request: ")]
    [InlineData("[]", 400, "validation error: ")]
    public async Task Create_with_bad_input_says_what_is_wrong(string body, int status, string message)
    {
        var answer = await shared.Host.JsonAsync(Post, "/v2/sandboxes", body, (HttpStatusCode)status);
        Assert.Equal(status, (int)answer["code"]!);
        Assert.StartsWith(message, (string)answer["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Created_sandbox_is_found_with_what_it_was_given()
    {
        var sandbox = await shared.Host.CreateAsync(new { timeout = 60, metadata = new { session = "a" } });
        var details = await shared.Host.JsonAsync(Get, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.OK);
        Assert.Matches("^i[a-z0-9]{20}$", sandbox.Id);
        Assert.Equal("running", (string)details["state"]!);
        Assert.Equal(2, (int)details["cpuCount"]!);
        Assert.Equal(512, (int)details["memoryMB"]!);
        Assert.Equal("a", (string)details["metadata"]!["session"]!);
        Assert.Equal(60, ((DateTimeOffset)details["endAt"]! - (DateTimeOffset)details["startedAt"]!).TotalSeconds);
    }

    [Fact]
    public async Task Unknown_sandbox_is_404_everywhere()
    {
        const string Id = "i00000000000000000000";
        (HttpMethod, string, object?)[] calls =
        [
            (Get, $"/sandboxes/{Id}", null), (Delete, $"/sandboxes/{Id}", null),
            (Post, $"/sandboxes/{Id}/timeout", new { timeout = 1 }), (Post, $"/v2/sandboxes/{Id}/connect", new { }),
        ];
        foreach (var (method, path, body) in calls)
        {
            var answer = await shared.Host.JsonAsync(method, path, body, HttpStatusCode.NotFound);
            Assert.Equal($"Sandbox \"{Id}\" doesn't exist or you don't have access to it", (string)answer["message"]!);
        }
    }

    [Fact]
    public async Task List_filters_by_triple_encoded_metadata()
    {
        var wanted = await shared.Host.CreateAsync(new { metadata = new Dictionary<string, string> { ["us er"] = "a&b=c", ["x"] = "1" } });
        await shared.Host.CreateAsync(new { metadata = new Dictionary<string, string> { ["us er"] = "a" } });
        var found = await shared.Host.JsonAsync(
            Get, "/v2/sandboxes?metadata=us%252520er%3Da%252526b%25253Dc", null, HttpStatusCode.OK);
        Assert.Equal([wanted.Id], found.AsArray().Select(item => (string)item!["sandboxID"]!));
        Assert.Null(found[0]!["envdAccessToken"]);
        await shared.Host.JsonAsync(Get, "/v2/sandboxes?metadata=novalue", null, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task List_pages_through_everything_once()
    {
        await using var host = await TestHost.StartAsync(IsolationMode.None);
        var created = new List<string>();
        for (var i = 0; i < 5; i++) created.Add((await host.CreateAsync()).Id);
        var (seen, token) = (new List<string>(), "");
        do
        {
            using var page = await host.ControlAsync(Get, $"/v2/sandboxes?limit=2&state=running&nextToken={token}");
            Assert.Equal("5", page.Headers.GetValues("X-Total-Running").Single());
            seen.AddRange(JsonNode.Parse(await page.Content.ReadAsStringAsync(Cancel))!.AsArray().Select(item => (string)item!["sandboxID"]!));
            token = page.Headers.TryGetValues("X-Next-Token", out var next) ? next.Single() : null;
        }
        while (token is not null);

        Assert.Equal(created.Order(), seen.Order());
        Assert.Empty((await host.JsonAsync(Get, "/v2/sandboxes?state=paused", null, HttpStatusCode.OK)).AsArray());
        var refused = await host.JsonAsync(Get, "/v2/sandboxes?nextToken=rubbish", null, HttpStatusCode.BadRequest);
        Assert.Equal("Invalid next token", (string)refused["message"]!);
    }

    [Fact]
    public async Task Sandbox_beyond_the_limit_is_429_until_one_ends()
    {
        await using var host = await TestHost.StartAsync(IsolationMode.None, maxSandboxes: 1);
        var first = await host.CreateAsync();
        var refused = await host.JsonAsync(Post, "/v2/sandboxes", new { templateID = "base" }, HttpStatusCode.TooManyRequests);
        Assert.Contains("maximum number of concurrent E2B sandboxes (1)", (string)refused["message"]!, StringComparison.Ordinal);
        await host.JsonAsync(Delete, $"/sandboxes/{first.Id}", null, HttpStatusCode.NoContent);
        await host.CreateAsync();
    }

    [Fact]
    public async Task Sandbox_dies_at_its_timeout_and_no_sooner()
    {
        var time = new FakeTimeProvider();
        await using var host = await TestHost.StartAsync(time: time);
        var sandbox = await host.CreateAsync(new { timeout = 10 });
        using var stream = await sandbox.ShellAsync("sleep 1000");
        await stream.StartedAsync();

        time.Advance(TimeSpan.FromSeconds(9));
        await host.JsonAsync(Get, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.OK);
        time.Advance(TimeSpan.FromSeconds(1));

        var result = await stream.ReadToEndAsync();
        Assert.Equal("unavailable", result.ErrorCode);
        Assert.Null(result.End);
        await host.JsonAsync(Get, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Connect_only_extends_and_timeout_sets()
    {
        var time = new FakeTimeProvider();
        await using var host = await TestHost.StartAsync(IsolationMode.None, time);
        var sandbox = await host.CreateAsync(new { timeout = 100 });
        var start = time.GetUtcNow();

        await host.JsonAsync(Post, $"/v2/sandboxes/{sandbox.Id}/connect", new { timeout = 50 }, HttpStatusCode.OK);
        Assert.Equal(100, await SecondsLeftAsync());
        await host.JsonAsync(Post, $"/v2/sandboxes/{sandbox.Id}/connect", null, HttpStatusCode.OK);
        Assert.Equal(300, await SecondsLeftAsync());
        await host.JsonAsync(Post, $"/sandboxes/{sandbox.Id}/timeout", new { timeout = 20 }, HttpStatusCode.NoContent);
        Assert.Equal(20, await SecondsLeftAsync());
        await host.JsonAsync(Post, $"/sandboxes/{sandbox.Id}/timeout", new { timeout = 999999 }, HttpStatusCode.NoContent);
        Assert.Equal(24 * 3600, await SecondsLeftAsync());
        await host.JsonAsync(Post, $"/sandboxes/{sandbox.Id}/timeout", new { timeout = -1 }, HttpStatusCode.BadRequest);

        async Task<double> SecondsLeftAsync()
        {
            var details = await host.JsonAsync(Get, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.OK);
            return ((DateTimeOffset)details["endAt"]! - start).TotalSeconds;
        }
    }

    [Fact]
    public async Task Second_server_on_the_same_folder_is_refused()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => TestHost.StartAsync(dataFolder: shared.Host.DataFolder));
        Assert.Contains(shared.Host.DataFolder, failure.Message, StringComparison.Ordinal);
    }
}
