using System.Net;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests;

public sealed class ListTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _ids = [];
    private TestHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await TestHost.StartAsync(IsolationMode.None, _time);
        for (var i = 0; i < 3; i++)
        {
            _ids.Add((await _host.CreateAsync()).Id);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await _host.JsonAsync(HttpMethod.Post, $"/sandboxes/{_ids[1]}/pause", null, HttpStatusCode.NoContent);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("", "210")]
    [InlineData("order=desc", "210")]
    [InlineData("order=asc", "012")]
    [InlineData("state=paused", "1")]
    [InlineData("state=running", "20")]
    [InlineData("state=paused,running", "210")]
    [InlineData("startedAfter=2000-01-01T00:00:01Z", "21")]
    [InlineData("startedAfter=2000-01-01T02:00:02%2B02:00", "2")]
    [InlineData("template=base", "210")]
    [InlineData("template=other", "")]
    public async Task Filters_and_order_are_as_asked(string query, string expected)
    {
        var (found, _) = await PageAsync(query);
        Assert.Equal(expected, string.Concat(found.Select(id => _ids.IndexOf(id))));
    }

    [Theory]
    [InlineData("desc", "210")]
    [InlineData("asc", "012")]
    public async Task Pages_go_through_everything_once_in_order(string order, string expected)
    {
        var (seen, token) = ("", (string?)"");
        while (token is not null)
        {
            (var found, token) = await PageAsync($"order={order}&limit=1&nextToken={token}");
            seen += string.Concat(found.Select(id => _ids.IndexOf(id)));
        }

        Assert.Equal(expected, seen);
    }

    [Theory]
    [InlineData("order=up")]
    [InlineData("state=gone")]
    [InlineData("limit=0")]
    [InlineData("startedAfter=later")]
    public async Task Wrong_parameters_are_refused(string query) =>
        await _host.JsonAsync(HttpMethod.Get, $"/v2/sandboxes?{query}", null, HttpStatusCode.BadRequest);

    [Fact]
    public async Task Token_of_the_other_order_is_refused()
    {
        var (_, token) = await PageAsync("order=asc&limit=1");
        await _host.JsonAsync(HttpMethod.Get, $"/v2/sandboxes?nextToken={token}", null, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Running_ones_are_counted_if_they_are_asked_for()
    {
        using var all = await _host.ControlAsync(HttpMethod.Get, "/v2/sandboxes?limit=1");
        Assert.Equal("2", all.Headers.GetValues("X-Total-Running").Single());
        using var paused = await _host.ControlAsync(HttpMethod.Get, "/v2/sandboxes?state=paused");
        Assert.False(paused.Headers.Contains("X-Total-Running"));
    }

    private async Task<(IEnumerable<string> Ids, string? Next)> PageAsync(string query)
    {
        using var page = await _host.ControlAsync(HttpMethod.Get, $"/v2/sandboxes?{query}");
        var body = JsonNode.Parse(await page.Content.ReadAsStringAsync(Cancel))!.AsArray();
        return (body.Select(item => (string)item!["sandboxID"]!), page.Headers.TryGetValues("X-Next-Token", out var next) ? next.Single() : null);
    }
}
