using System.Text.Json;

namespace Colloquy.Web.Tests;

/// <summary>Environments over HTTP, with the grains and the store that they have in production.</summary>
public sealed class EnvironmentRouteTests(WholeServer server) : DefinitionTest(server)
{
    private const string Full = """
        {"name":"Lab","description":"d","metadata":{"team":"red"},"template":"claude","idle_timeout_seconds":600,
         "config":{"type":"cloud","networking":{"type":"limited","allowed_hosts":["api.example.com","*.example.org"]},
                   "packages":{"type":"packages","apt":[],"pip":[]}},
         "limits":{"vcpus":2,"memory_mib":1024,"disk_mib":2048}}
        """;

    [Fact]
    public async Task Create_echoes_every_member()
    {
        var (status, environment) = await PostAsync("/v1/environments", Full);

        Assert.Equal(200, status);
        Assert.StartsWith("env_", Text(environment, "id"));
        AssertJson("""
            {"type":"cloud","networking":{"type":"limited","allowed_hosts":["api.example.com","*.example.org"],
             "allow_package_managers":false,"allow_mcp_servers":false},
             "packages":{"type":"packages","apt":[],"cargo":[],"gem":[],"go":[],"npm":[],"pip":[]}}
            """, environment.GetProperty("config"));
        AssertJson("""{"vcpus":2,"memory_mib":1024,"disk_mib":2048}""", environment.GetProperty("limits"));
        Assert.Equal(("claude", 600), (Text(environment, "template"), environment.GetProperty("idle_timeout_seconds").GetDouble()));
        Assert.Equal(
            environment.GetRawText(), (await GetAsync($"/v1/environments/{Text(environment, "id")}")).Json.GetRawText());
    }

    [Fact]
    public async Task Update_keeps_what_is_left_out_and_clears_what_is_null()
    {
        var id = await CreateAsync("/v1/environments", Full);

        var (_, updated) = await PostAsync($"/v1/environments/{id}", """
            {"description":null,"metadata":{"team":"","a":"b"},"template":null,"limits":{"vcpus":null,"disk_mib":100},
             "config":{"type":"cloud"}}
            """);

        Assert.Equal("Lab", Text(updated, "name"));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (updated.GetProperty("description").ValueKind, updated.GetProperty("template").ValueKind));
        AssertJson("""{"a":"b"}""", updated.GetProperty("metadata"));
        AssertJson("""{"vcpus":null,"memory_mib":1024,"disk_mib":100}""", updated.GetProperty("limits"));
        Assert.Equal(2, updated.GetProperty("config").GetProperty("networking").GetProperty("allowed_hosts").GetArrayLength());
    }

    [Fact]
    public async Task Without_a_config_nothing_is_reached()
    {
        var (_, environment) = await PostAsync("/v1/environments", """{"name":"e"}""");

        var networking = environment.GetProperty("config").GetProperty("networking");
        Assert.Equal(("limited", 0), (Text(networking, "type"), networking.GetProperty("allowed_hosts").GetArrayLength()));
    }

    [Fact]
    public async Task Archived_environment_takes_no_sessions()
    {
        var id = await CreateAsync("/v1/environments", Full);
        var session = await CreateAsync("/v1/sessions", $$"""{"environment_id":"{{id}}"}""");

        await PostAsync($"/v1/environments/{id}/archive", null);
        var (_, again) = await PostAsync($"/v1/environments/{id}/archive", null);
        var created = await PostAsync("/v1/sessions", $$"""{"environment_id":"{{id}}"}""");
        var updated = await PostAsync($"/v1/environments/{id}", """{"name":"b"}""");
        var listed = await GetAsync("/v1/environments?limit=100");
        var all = await GetAsync("/v1/environments?limit=100&include_archived=true");

        Assert.Equal(JsonValueKind.String, again.GetProperty("archived_at").ValueKind);
        Assert.Equal((400, "environment_id"), (created.Status, Field(created)));
        Assert.Equal((409, "archived"), (updated.Status, Code(updated)));
        Assert.DoesNotContain(id, Ids(listed.Json));
        Assert.Contains(id, Ids(all.Json));
        Assert.Equal(200, (await GetAsync($"/v1/sessions/{session}")).Status);
    }

    [Fact]
    public async Task Deleted_environment_is_gone_and_its_sessions_go_on()
    {
        var id = await CreateAsync("/v1/environments", Full);
        var session = await CreateAsync("/v1/sessions", $$"""{"environment_id":"{{id}}"}""");

        var (_, deleted) = await DeleteAsync($"/v1/environments/{id}");
        var again = await DeleteAsync($"/v1/environments/{id}");
        var shown = await GetAsync($"/v1/environments/{id}");
        var created = await PostAsync("/v1/sessions", $$"""{"environment_id":"{{id}}"}""");
        var (_, kept) = await GetAsync($"/v1/sessions/{session}");

        Assert.Equal($$"""{"type":"environment_deleted","id":"{{id}}"}""", deleted.GetRawText());
        Assert.Equal((404, 404, 400), (again.Status, shown.Status, created.Status));
        Assert.Equal("environment_not_found", Code(shown));
        Assert.Equal(id, Text(kept, "environment_id"));
        Assert.DoesNotContain(id, Ids((await GetAsync("/v1/environments?limit=100&include_archived=true")).Json));
    }

    [Fact]
    public async Task Built_in_environment_is_listed_last_and_cannot_be_changed()
    {
        await CreateAsync("/v1/environments", Full);

        var (_, list) = await GetAsync("/v1/environments?limit=100");
        var updated = await PostAsync("/v1/environments/env_default", """{"name":"x"}""");
        var archived = await PostAsync("/v1/environments/env_default/archive", null);
        var deleted = await DeleteAsync("/v1/environments/env_default");

        Assert.Equal("env_default", Ids(list)[^1]);
        Assert.All([updated, archived, deleted], answer => Assert.Equal((400, "built_in"), (answer.Status, Code(answer))));
    }

    [Fact]
    public async Task Idempotency_key_gives_one_environment()
    {
        var key = Guid.NewGuid().ToString();

        var (_, first) = await PostAsync("/v1/environments", Full, key);
        var (_, again) = await PostAsync("/v1/environments", Full, key);
        var other = await PostAsync("/v1/environments", """{"name":"a"}""", key);

        Assert.Equal(Text(first, "id"), Text(again, "id"));
        Assert.Equal(422, other.Status);
    }

    [Theory]
    [InlineData("{}", "name")]
    [InlineData("""{"name":"e","scope":"account"}""", "scope")]
    [InlineData("""{"name":"e","config":{"type":"self_hosted"}}""", "config.type")]
    [InlineData("""{"name":"e","config":{"packages":{"pip":["requests"]}}}""", "config.packages.pip")]
    [InlineData("""{"name":"e","config":{"networking":{}}}""", "config.networking")]
    [InlineData("""{"name":"e","config":{"networking":{"type":"open"}}}""", "config.networking.type")]
    [InlineData("""{"name":"e","config":{"networking":{"type":"limited","allow_package_managers":true}}}""", "config.networking.allow_package_managers")]
    [InlineData("""{"name":"e","config":{"networking":{"type":"limited","allowed_hosts":["https://a.example"]}}}""", "config.networking.allowed_hosts[0]")]
    [InlineData("""{"name":"e","config":{"networking":{"type":"limited","allowed_hosts":["a.example:443"]}}}""", "config.networking.allowed_hosts[0]")]
    [InlineData("""{"name":"e","template":"../x y"}""", "template")]
    [InlineData("""{"name":"e","limits":{"vcpus":0}}""", "limits.vcpus")]
    [InlineData("""{"name":"e","limits":{"memory_mib":"1"}}""", "limits.memory_mib")]
    [InlineData("""{"name":"e","limits":{"disk_mib":1}}""", "limits.disk_mib")]
    [InlineData("""{"name":"e","idle_timeout_seconds":0}""", "idle_timeout_seconds")]
    public async Task Create_refuses(string body, string field)
    {
        var answer = await PostAsync("/v1/environments", body);

        Assert.Equal((400, field), (answer.Status, Field(answer)));
    }

    private static List<string> Ids(JsonElement list) =>
        [.. list.GetProperty("data").EnumerateArray().Select(environment => Text(environment, "id"))];
}
