using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Silo.Sandboxes;

internal sealed record RecordedRequest(
    string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Call => $"{Method} {Path}";

    public JsonNode Json => JsonNode.Parse(Body)!;

    public static async Task<RecordedRequest> ReadAsync(HttpRequest request)
    {
        request.EnableBuffering();
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        request.Body.Position = 0;
        return new RecordedRequest(
            request.Method,
            request.Path.Value!,
            request.QueryString.Value!,
            request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray());
    }
}
