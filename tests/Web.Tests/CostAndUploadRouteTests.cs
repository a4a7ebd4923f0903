using System.Text.Json;
using Colloquy.Costs;

namespace Colloquy.Web.Tests;

public sealed class CostAndUploadRouteTests
{
    private static readonly CostTotals Call = new(new TokenUsage(10, 5, 0, 0, 0), 1, 0, 1_000, 0, 0, 0, 0);
    private static readonly CostTotals Sandbox = new(TokenUsage.None, 0, 0, 0, 2, 4, 1, 500);

    [Fact]
    public async Task Costs_default_to_the_last_thirty_days_by_day()
    {
        await using var server = await StartAsync();

        var report = (await server.GetAsync("/v1/costs")).Json;

        Assert.Equal(("day", "2026-10-24", "2026-11-22", "USD"), (
            Text(report, "by"), Text(report, "from"), Text(report, "to"), Text(report, "currency")));
        Assert.Equal(["2026-10-24", "2026-11-22"], Keys(report));
        Assert.Equal(
            [.. Members(report.GetProperty("totals")).Append("key").Order(StringComparer.Ordinal)],
            Members(report.GetProperty("rows")[0]).Order(StringComparer.Ordinal));
        Assert.Equal(3_500, report.GetProperty("totals").GetProperty("total_nano_usd").GetInt64());
        Assert.Equal(["prices of model offline-1 are demo prices"], Notes(report));
    }

    [Theory]
    [InlineData("model", "other-1 offline-1", "sandbox time belongs to no model")]
    [InlineData("session", "sesn_b sesn_a", "demo prices")]
    public async Task Costs_group_and_start_with_the_dearest(string by, string keys, string note)
    {
        await using var server = await StartAsync();

        var report = (await server.GetAsync($"/v1/costs?by={by}&from=2026-11-01&to=2026-11-22")).Json;
        var all = (await server.GetAsync($"/v1/costs?by={by}&from=2026-10-01&to=2026-11-22")).Json;

        Assert.NotEmpty(Keys(report));
        Assert.Equal(keys, string.Join(' ', Keys(all)));
        Assert.Contains(Notes(all), text => text.Contains(note, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("?by=hour", "by")]
    [InlineData("?from=22.11.2026", "from")]
    [InlineData("?to=tomorrow", "to")]
    [InlineData("?from=2026-11-02&to=2026-11-01", "from")]
    [InlineData("?from=2020-01-01", "from")]
    public async Task Costs_refuse_as_problem_details(string query, string field)
    {
        await using var server = await StartAsync();

        var problem = await server.GetAsync("/v1/costs" + query);

        Assert.Equal((400, "application/problem+json"), (problem.Status, problem.ContentType));
        Assert.Equal(("invalid_input", field), (Text(problem.Json, "code"), Text(problem.Json, "field")));
        Assert.Equal((400, "Bad Request"), (problem.Json.GetProperty("status").GetInt32(), Text(problem.Json, "title")));
        Assert.Equal(problem.Headers["request-id"], Text(problem.Json, "request_id"));
    }

    [Fact]
    public async Task Uploads_show_the_queue()
    {
        await using var server = await ApiServer.StartAsync();

        var status = await server.GetAsync("/v1/uploads");

        Assert.Equal(
            """{"pending":1,"acknowledged":2,"dead":3,"oldest_pending":"2026-11-22T10:00:00+00:00"}""", status.Json.GetRawText());
    }

    private static async Task<ApiServer> StartAsync()
    {
        var server = await ApiServer.StartAsync();
        Set(server, new DateOnly(2026, 10, 24), "offline-1", "sesn_a", Call, CostTotals.Zero);
        Set(server, new DateOnly(2026, 11, 22), "other-1", "sesn_b", Call + Call, Sandbox);
        return server;
    }

    private static void Set(ApiServer server, DateOnly day, string model, string session, CostTotals call, CostTotals sandbox) =>
        server.Grains.Day(day).Value = new CostDay(
            day, call + sandbox,
            new Dictionary<string, CostTotals> { [model] = call },
            new Dictionary<string, CostTotals> { [session] = call + sandbox });

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static IEnumerable<string> Keys(JsonElement report) =>
        report.GetProperty("rows").EnumerateArray().Select(row => Text(row, "key"));

    private static IEnumerable<string> Notes(JsonElement report) =>
        report.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!);

    private static IEnumerable<string> Members(JsonElement json) =>
        json.EnumerateObject().Select(member => member.Name);
}
