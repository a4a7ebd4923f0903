using System.Text.Json;

namespace Colloquy.Web.Tests;

/// <summary>Calls to a whole server, for tests of agents and environments.</summary>
public abstract class DefinitionTest(WholeServer server) : IClassFixture<WholeServer>
{
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected Task<(int Status, JsonElement Json)> PostAsync(string path, string? body, string? key = null) =>
        server.SendAsync(HttpMethod.Post, path, body, Stop, key);

    protected Task<(int Status, JsonElement Json)> GetAsync(string path) =>
        server.SendAsync(HttpMethod.Get, path, null, Stop);

    protected Task<(int Status, JsonElement Json)> DeleteAsync(string path) =>
        server.SendAsync(HttpMethod.Delete, path, null, Stop);

    /// <summary>Creates a definition and returns its id.</summary>
    protected async Task<string> CreateAsync(string route, string body)
    {
        var (status, json) = await PostAsync(route, body);
        Assert.True(status == 200, json.GetRawText());
        return Text(json, "id");
    }

    protected static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    protected static string? Field((int Status, JsonElement Json) answer) =>
        answer.Json.GetProperty("error").TryGetProperty("field", out var field) ? field.GetString() : null;

    protected static string? Code((int Status, JsonElement Json) answer) =>
        answer.Json.GetProperty("error").GetProperty("code").GetString();

    protected static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(expected), actual), actual.GetRawText());
}
