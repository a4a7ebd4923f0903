using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Colloquy.Web.Tests;

public sealed class HealthAndOpenApiTests
{
    [Fact]
    public async Task Live_answers_whatever_the_checks_say()
    {
        await using var server = await StartAsync(HealthCheckResult.Unhealthy("the store does not answer"));

        var live = await server.GetAsync("/health/live");

        Assert.Equal((200, "healthy"), (live.Status, live.Json.GetProperty("status").GetString()));
    }

    [Theory]
    [InlineData(true, 200, "healthy")]
    [InlineData(false, 503, "unhealthy")]
    public async Task Ready_is_what_the_checks_say(bool isHealthy, int status, string word)
    {
        await using var server = await StartAsync(
            isHealthy ? HealthCheckResult.Healthy("ok") : HealthCheckResult.Unhealthy("the store does not answer"));

        var ready = await server.GetAsync("/health/ready");

        Assert.Equal((status, word), (ready.Status, ready.Json.GetProperty("status").GetString()));
        var check = Assert.Single(ready.Json.GetProperty("checks").EnumerateArray());
        Assert.Equal(("store", word), (check.GetProperty("name").GetString(), check.GetProperty("status").GetString()));
        Assert.NotNull(check.GetProperty("description").GetString());
    }

    [Fact]
    public async Task OpenApi_describes_every_route()
    {
        await using var server = await ApiServer.StartAsync();

        var document = (await server.GetAsync("/openapi/v1.json")).Json;

        var operations = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(member => member.Name is "get" or "post" or "put" or "delete")
                .Select(operation => (Name: $"{operation.Name} {path.Name}", operation.Value)))
            .ToList();
        Assert.Equal(
            [
                "delete /v1/environments/{environment_id}", "delete /v1/sessions/{session_id}", "get /v1/agents",
                "get /v1/agents/{agent_id}", "get /v1/agents/{agent_id}/versions", "get /v1/costs", "get /v1/environments",
                "get /v1/environments/{environment_id}", "get /v1/sandboxes", "get /v1/sessions",
                "get /v1/sessions/{session_id}", "get /v1/sessions/{session_id}/events",
                "get /v1/sessions/{session_id}/events/stream", "get /v1/sessions/{session_id}/files",
                "get /v1/sessions/{session_id}/files/content", "get /v1/uploads", "post /v1/agents",
                "post /v1/agents/{agent_id}", "post /v1/agents/{agent_id}/archive", "post /v1/environments",
                "post /v1/environments/{environment_id}", "post /v1/environments/{environment_id}/archive",
                "post /v1/sessions",
                "post /v1/sessions/{session_id}/events", "put /v1/sessions/{session_id}/files/content",
            ],
            operations.Select(operation => operation.Name).Order(StringComparer.Ordinal));
        Assert.All(operations, operation => Assert.NotEmpty(operation.Value.GetProperty("summary").GetString()!));
        Assert.True(document.GetProperty("components").GetProperty("schemas").GetProperty("SessionResource")
            .GetProperty("properties").TryGetProperty("turn_timeout_seconds", out var timeout));
        Assert.Equal("How long each turn may take.", timeout.GetProperty("description").GetString());
    }

    private static Task<ApiServer> StartAsync(HealthCheckResult store) =>
        ApiServer.StartAsync(services => services.AddHealthChecks().AddCheck("store", () => store));
}
