using System.Net;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests.Limits;

public sealed class MetricsTests(SharedHost shared)
{
    private static readonly HttpMethod Get = HttpMethod.Get;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Busy_sandbox_shows_what_it_uses(bool onlyMeasure)
    {
        if (!onlyMeasure) LimitedHost.Need(CgroupSettings.Memory, CgroupSettings.CpuAccounting);
        var time = new FakeTimeProvider();
        await using var host = await TestHost.StartAsync(time: time, configure: options => options.OnlyMeasure = onlyMeasure);
        var sandbox = await host.CreateAsync();
        var start = time.GetUtcNow();
        Assert.Empty((await HistoryAsync("")).AsArray());

        using var stream = await sandbox.ShellAsync(
            "head -c 5000000 /dev/zero >file; perl -e '$x = \"a\" x 50_000_000; $| = 1; do { @u = times } while $u[0] + $u[1] < 0.5; print \"used\"; sleep 1000'");
        await stream.StartedAsync();
        Assert.Equal("used", await stream.NextOutputAsync());
        time.Advance(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));

        var samples = (await HistoryAsync("")).AsArray();
        Assert.Equal([5L, 10L], samples.Select(sample => (long)sample!["timestampUnix"]! - start.ToUnixTimeSeconds()));
        // Half a second of work in 5 seconds of 2 CPUs.
        Assert.InRange((double)samples[0]!["cpuUsedPct"]!, 4.5, 40);
        Assert.InRange((long)samples[0]!["memUsed"]!, 50_000_000, 150_000_000);
        Assert.Equal(512L << 20, (long)samples[0]!["memTotal"]!);
        Assert.Equal(2, (int)samples[0]!["cpuCount"]!);
        Assert.InRange((long)samples[0]!["diskTotal"]!, 9L << 30, 10L << 30);
        Assert.Equal(start.AddSeconds(5), (DateTimeOffset)samples[0]!["timestamp"]!);
        Assert.Single((await HistoryAsync($"?start={start.ToUnixTimeSeconds() + 6}")).AsArray());
        Assert.Single((await HistoryAsync($"?end={start.ToUnixTimeSeconds() + 6}")).AsArray());

        var latest = await host.JsonAsync(Get, $"/sandboxes/metrics?sandbox_ids={sandbox.Id},iunknown", null, HttpStatusCode.OK);
        Assert.Equal([sandbox.Id], latest["sandboxes"]!.AsObject().Select(one => one.Key));
        Assert.True(JsonNode.DeepEquals(samples[1], latest["sandboxes"]![sandbox.Id]));

        Task<JsonNode> HistoryAsync(string query) =>
            host.JsonAsync(Get, $"/sandboxes/{sandbox.Id}/metrics{query}", null, HttpStatusCode.OK);
    }

    [Fact]
    public async Task Sandbox_tells_of_itself_in_the_words_of_the_daemon()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var response = await sandbox.SendAsync(Get, "/metrics");
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject();
        Assert.Equal(
            ["ts", "cpu_count", "cpu_used_pct", "mem_total", "mem_used", "mem_cache", "mem_total_mib", "mem_used_mib", "disk_used", "disk_total"],
            body.Select(member => member.Key));
        Assert.Equal(512, (int)body["mem_total_mib"]!);
        Assert.InRange((long)body["mem_used"]!, 1, 512 << 20);
    }

    [Fact]
    public async Task Sandbox_without_isolation_has_zeros()
    {
        await using var host = await TestHost.StartAsync(IsolationMode.None);
        using var response = await (await host.CreateAsync()).SendAsync(Get, "/metrics");
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal(0, (long)body["mem_used"]!);
    }

    [Theory]
    [InlineData("start=x")]
    [InlineData("start=-1")]
    [InlineData("end=99999999999999999999")]
    [InlineData("start=2&end=1")]
    public async Task Wrong_range_is_400(string query)
    {
        var sandbox = await shared.Host.CreateAsync();
        await shared.Host.JsonAsync(Get, $"/sandboxes/{sandbox.Id}/metrics?{query}", null, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Unknown_sandbox_and_too_many_are_refused()
    {
        await shared.Host.JsonAsync(Get, "/sandboxes/iunknown/metrics", null, HttpStatusCode.NotFound);
        await shared.Host.JsonAsync(Get, "/sandboxes/metrics", null, HttpStatusCode.BadRequest);
        var many = string.Join(',', Enumerable.Range(0, 101).Select(i => $"i{i}"));
        await shared.Host.JsonAsync(Get, $"/sandboxes/metrics?sandbox_ids={many}", null, HttpStatusCode.BadRequest);
        using var refused = await shared.Host.ControlAsync(Get, "/sandboxes/iunknown/metrics", key: null);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }
}
