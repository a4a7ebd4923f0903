using Colloquy.Sandboxes;

namespace Colloquy.Web.Tests;

public sealed class SandboxRouteTests
{
    [Fact]
    public async Task Sandboxes_are_listed_and_counted()
    {
        await using var server = await ApiServer.StartAsync();
        var start = server.Time.GetUtcNow();
        server.Grains.Sandboxes = new SandboxReport(
            [
                new SandboxListing("sbx1", "sesn_1", false, start, start.AddMinutes(5), 2, 512, true),
                new SandboxListing("sbx2", "sesn_2", true, start, start.AddMinutes(3), 2, 512, true),
                new SandboxListing("sbx3", null, false, start, start.AddMinutes(5), 4, 1024, false),
            ], 7);

        var list = await server.GetAsync("/v1/sandboxes");

        Assert.Equal(200, list.Status);
        Assert.Equal(
            (2, 1, 1, 7),
            (Count("running"), Count("paused"), Count("orphans"), Count("swept_since_start")));
        Assert.Equal(
            [
                """{"id":"sbx1","session_id":"sesn_1","state":"running","since":"2026-11-22T10:00:00+00:00","until":"2026-11-22T10:05:00+00:00","vcpus":2,"memory_mib":512,"held":true}""",
                """{"id":"sbx2","session_id":"sesn_2","state":"paused","since":"2026-11-22T10:03:00+00:00","until":null,"vcpus":2,"memory_mib":512,"held":true}""",
                """{"id":"sbx3","session_id":null,"state":"running","since":"2026-11-22T10:00:00+00:00","until":"2026-11-22T10:05:00+00:00","vcpus":4,"memory_mib":1024,"held":false}""",
            ],
            list.Json.GetProperty("data").EnumerateArray().Select(sandbox => sandbox.GetRawText()));

        int Count(string name) => list.Json.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Provider_that_does_not_answer_is_a_problem()
    {
        await using var server = await ApiServer.StartAsync();
        server.Grains.SandboxesFail = new SandboxUnavailableException("The sandboxes cannot be listed now: no answer");

        var problem = await server.GetAsync("/v1/sandboxes");

        Assert.Equal((503, "application/problem+json"), (problem.Status, problem.ContentType));
        Assert.Equal("sandbox_unavailable", problem.Json.GetProperty("code").GetString());
        Assert.Equal("1", problem.Headers["Retry-After"]);
    }
}
