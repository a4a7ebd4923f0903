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
}
