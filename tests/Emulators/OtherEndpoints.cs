using System.Text.Json.Nodes;

namespace Colloquy.Emulators;

/// <summary>The part of the API that costs nothing.</summary>
internal static class OtherEndpoints
{
    private static readonly string[] Models = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"];

    /// <returns>Null if there is nothing at this path.</returns>
    public static JsonObject? Find(RecordedCall call, string path) => (call.Method, path) switch
    {
        ("POST", "/v1/messages/count_tokens") when call.Request is { } request =>
            new JsonObject { ["input_tokens"] = Usage.Tokens(request.Body) },
        ("GET", "/v1/models") => new JsonObject
        {
            ["data"] = new JsonArray([.. Models.Select(Model)]),
            ["first_id"] = Models[0],
            ["last_id"] = Models[^1],
            ["has_more"] = false,
        },
        ("GET", _) => Models.FirstOrDefault(model => path == $"/v1/models/{model}") is { } found ? Model(found) : null,
        _ => null,
    };

    private static JsonObject Model(string id) => new()
    {
        ["type"] = "model",
        ["id"] = id,
        ["display_name"] = id,
        ["created_at"] = "2026-10-01T00:00:00Z",
        ["capabilities"] = null,
        ["max_input_tokens"] = 1_000_000,
        ["max_tokens"] = 128_000,
    };
}
