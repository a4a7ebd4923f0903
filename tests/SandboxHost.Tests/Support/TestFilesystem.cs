using System.Text.Json;
using System.Text.Json.Nodes;

namespace Colloquy.SandboxHost.Tests.Support;

/// <summary>The filesystem service of one sandbox.</summary>
public static class TestFilesystem
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<(int Status, JsonNode Body)> FilesystemAsync(this TestSandbox sandbox, string method, object message)
    {
        using var content = new StringContent(JsonSerializer.Serialize(message), null, "application/json");
        using var response = await sandbox.SendAsync(HttpMethod.Post, $"/filesystem.Filesystem/{method}", content);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!);
    }

    /// <summary>What must succeed.</summary>
    public static async Task<JsonNode> DoAsync(this TestSandbox sandbox, string method, object message)
    {
        var (status, body) = await sandbox.FilesystemAsync(method, message);
        Assert.True(status == 200, $"{status} {body}");
        return body;
    }

    /// <summary>The code of what must fail.</summary>
    public static async Task<string> FailAsync(this TestSandbox sandbox, string method, object message)
    {
        var (status, body) = await sandbox.FilesystemAsync(method, message);
        Assert.True(status != 200, $"{body}");
        return (string)body["code"]!;
    }

    public static async Task<JsonNode> StatAsync(this TestSandbox sandbox, string path) =>
        (await sandbox.DoAsync("Stat", new { path }))["entry"]!;

    public static async Task<string[]> ListAsync(this TestSandbox sandbox, string path, int depth = 1)
    {
        var body = await sandbox.DoAsync("ListDir", new { path, depth });
        return [.. (body["entries"]?.AsArray() ?? []).Select(entry => (string)entry!["path"]!)];
    }

    /// <summary>A watch that has started.</summary>
    public static async Task<TestStream> WatchAsync(this TestHost host, TestSandbox sandbox, object message, int? keepAlive = null)
    {
        var stream = await host.OpenWatchAsync(sandbox, message, keepAlive);
        Assert.Equal("""{"start":{}}""", (await stream.NextAsync()).Json.ToJsonString());
        return stream;
    }

    public static async Task<TestStream> OpenWatchAsync(this TestHost host, TestSandbox sandbox, object message, int? keepAlive = null)
    {
        using var request = sandbox.Request(
            HttpMethod.Post, "/filesystem.Filesystem/WatchDir", TestSandbox.Envelope(JsonSerializer.SerializeToUtf8Bytes(message)));
        if (keepAlive is { } seconds) request.Headers.Add("Keepalive-Ping-Interval", $"{seconds}");
        return new TestStream(await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel));
    }

    /// <summary>The events up to the first that is about this name, as <c>TYPE name</c>.</summary>
    public static async Task<List<string>> EventsToAsync(this TestStream stream, string name)
    {
        var events = new List<string>();
        while (events.Count == 0 || !events[^1].EndsWith($" {name}", StringComparison.Ordinal))
        {
            var (flags, json) = await stream.NextAsync();
            Assert.True(flags == 0, $"The watch has ended: {json}");
            if (json["filesystem"] is { } happened) events.Add(Shown(happened));
        }

        return events;
    }

    public static string Shown(JsonNode happened) =>
        $"{((string)happened["type"]!)["EVENT_TYPE_".Length..]} {happened["name"]}";
}
