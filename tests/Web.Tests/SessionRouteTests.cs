using System.Text.Json;
using Colloquy.Sessions;

namespace Colloquy.Web.Tests;

public sealed class SessionRouteTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    [InlineData("""{"agent":null,"title":null}""")]
    public async Task Create_without_members_gives_the_default_session(string? body)
    {
        await using var server = await ApiServer.StartAsync();

        var created = await server.SendAsync(HttpMethod.Post, "/v1/sessions", body);

        Assert.Equal(200, created.Status);
        Assert.StartsWith("req_", created.Headers["request-id"]);
        Assert.Equal("agent_default", created.Json.GetProperty("agent").GetProperty("id").GetString());
        Assert.Equal("env_default", created.Json.GetProperty("environment_id").GetString());
    }

    [Fact]
    public async Task Create_passes_every_member_on()
    {
        await using var server = await ApiServer.StartAsync();

        var created = await server.PostAsync("/v1/sessions", """
            {"agent":{"type":"agent","id":"agent_offline","version":1},"environment_id":"env_default","title":"t",
             "metadata":{"a":"b"},"turn_timeout_seconds":90.5,"unknown":[1]}
            """);

        var request = server.Grains.Session(created.Json.GetProperty("id").GetString()!).Created;
        Assert.Equal("agent_offline", request.AgentId);
        Assert.Equal("t", request.Title);
        Assert.Equal("b", request.Metadata["a"]);
        Assert.Equal(TimeSpan.FromSeconds(90.5), request.TurnTimeout);
    }

    [Fact]
    public async Task Create_repeated_with_a_key_gives_the_same_session()
    {
        await using var server = await ApiServer.StartAsync();
        var key = ("Idempotency-Key", "k 1");

        var first = await server.PostAsync("/v1/sessions", "{}", key);
        var again = await server.PostAsync("/v1/sessions", "{}", key);
        var other = await server.PostAsync("/v1/sessions", """{"title":"other"}""", key);

        Assert.Equal(first.Json.GetProperty("id").GetString(), again.Json.GetProperty("id").GetString());
        Assert.Equal((422, "idempotency_conflict"), (other.Status, other.Code));
    }

    [Fact]
    public async Task Get_shows_what_the_session_is_and_costs()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, _) = await server.CreateSessionAsync();
        server.Time.Advance(TimeSpan.FromSeconds(2));

        var session = (await server.GetAsync($"/v1/sessions/{id}")).Json;

        Assert.Equal("session", session.GetProperty("type").GetString());
        Assert.Equal("idle", session.GetProperty("status").GetString());
        Assert.Equal(600, session.GetProperty("turn_timeout_seconds").GetDouble());
        Assert.Equal(JsonValueKind.Null, session.GetProperty("running_turn_id").ValueKind);
        Assert.Equal("sbx1", session.GetProperty("sandbox_id").GetString());
        Assert.Equal(0, session.GetProperty("last_sequence").GetInt64());
        Assert.Equal("""{"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":1}}""", session.GetProperty("usage").GetRawText());
        Assert.Equal("""{"tokens":{"input":10,"output":5,"cache_write_5m":2,"cache_write_1h":1,"cache_read":3,"cache_write":3,"prompt":16,"total":21},"model_calls":1,"unpriced_calls":0,"model_nano_usd":42000,"sandbox_seconds":2,"vcpu_seconds":4,"gib_seconds":1,"sandbox_nano_usd":8000,"unpriced_sandbox_slices":0,"total_nano_usd":50000,"total_usd":0.00005,"model_usd":0.000042,"sandbox_usd":0.000008}""", session.GetProperty("cost").GetRawText());
    }

    [Fact]
    public async Task List_pages_and_filters()
    {
        await using var server = await ApiServer.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await server.CreateSessionAsync();
        }

        var first = await server.GetAsync("/v1/sessions?limit=2&statuses%5B%5D=idle&statuses=running,idle&agent_id=agent_default");
        var query = server.Grains.LastQuery!;
        var second = await server.GetAsync($"/v1/sessions?limit=2&page={first.Json.GetProperty("next_page").GetString()}");

        Assert.Equal(2, first.Json.GetProperty("data").GetArrayLength());
        Assert.Equal(1, second.Json.GetProperty("data").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, second.Json.GetProperty("next_page").ValueKind);
        Assert.Equal(JsonValueKind.Null, second.Json.GetProperty("prev_page").ValueKind);
        Assert.Equal(["running", "idle"], query.Statuses!);
        Assert.Equal("agent_default", query.AgentId);
    }

    [Fact]
    public async Task Delete_ends_the_session_and_keeps_it_readable()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, _) = await server.CreateSessionAsync();

        var deleted = await server.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");
        var again = await server.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");
        var session = await server.GetAsync($"/v1/sessions/{id}");

        Assert.Equal($$"""{"type":"session_deleted","id":"{{id}}"}""", deleted.Json.GetRawText());
        Assert.Equal(200, again.Status);
        Assert.Equal("terminated", session.Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Credentials_of_any_kind_are_accepted()
    {
        await using var server = await ApiServer.StartAsync();

        var answer = await server.GetAsync("/v1/sessions", ("Authorization", "Bearer x"), ("x-api-key", "y"));

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task Unknown_outcome_can_be_repeated()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        grain.Failures.Enqueue(new OutcomeUnknownException(id));
        grain.Failures.Enqueue(new TimeoutException("no answer in 30 s"));
        grain.Failures.Enqueue(new NotSupportedException("a secret of the server"));

        var unknown = await server.GetAsync($"/v1/sessions/{id}");
        var late = await server.GetAsync($"/v1/sessions/{id}");
        var broken = await server.GetAsync($"/v1/sessions/{id}");

        Assert.Equal((503, "outcome_unknown", "1"), (unknown.Status, unknown.Code, unknown.Headers["Retry-After"]));
        Assert.Equal((503, "unavailable"), (late.Status, late.Code));
        Assert.Equal("overloaded_error", late.Error.GetProperty("type").GetString());
        Assert.Equal((500, "internal_error"), (broken.Status, broken.Code));
        Assert.DoesNotContain("secret", broken.Json.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(broken.Headers["request-id"], broken.Json.GetProperty("request_id").GetString());
    }
}
