using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Colloquy.SandboxHost.Http;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Reads request bodies as strictly as E2B does.</summary>
internal static class RequestBody
{
    private const string Nullable = "mcp";

    /// <exception cref="ApiException">400: no JSON, another shape, or an explicit null.</exception>
    internal static async Task<T> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type, T? whenEmpty = null)
        where T : class
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body, default, http.RequestAborted);
            if (body.RootElement.ValueKind != JsonValueKind.Object)
                throw new ApiException(400, "validation error: the body must be an object");
            foreach (var member in body.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind == JsonValueKind.Null && member.Name != Nullable)
                    throw new ApiException(400, $"validation error: \"{member.Name}\": Value is not nullable");
            }

            return body.RootElement.Deserialize(type)!;
        }
        catch (JsonException) when (whenEmpty is not null && http.Request.ContentLength is 0 or null && IsAbsent(http))
        {
            return whenEmpty;
        }
        catch (JsonException malformed)
        {
            throw new ApiException(400, $"Error when parsing request: {malformed.Message}");
        }
    }

    private static bool IsAbsent(HttpContext http) => http.Request.ContentType is null;
}
