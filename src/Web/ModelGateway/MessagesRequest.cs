using System.Text.Json;
using Colloquy.Costs;

namespace Colloquy.Web.ModelGateway;

/// <summary>What a call for a message must have. The rest of its body is the provider's to judge.</summary>
/// <param name="Model">The model asked for.</param>
/// <param name="WorstCase">What it may come to: an estimate of the prompt, and all the output that it may have.</param>
internal sealed record MessagesRequest(ReadOnlyMemory<byte> Body, string Model, TokenUsage WorstCase)
{
    private const int LongestModel = 256;

    /// <summary>More than any model writes: who asks for more is not booked for it.</summary>
    private const long MostOutput = 1_000_000;

    /// <summary>A token has about four bytes; it is never much less than three in text that people write.</summary>
    private const int BytesPerToken = 3;

    /// <param name="problem">Null if it is one.</param>
    /// <returns>Null if it is none.</returns>
    public static MessagesRequest? Read(ReadOnlyMemory<byte> body, out string? problem)
    {
        string? model = null;
        long output = 0;
        try
        {
            var json = new Utf8JsonReader(body.Span);
            problem = json.Read() && json.TokenType == JsonTokenType.StartObject
                ? null
                : "The body is not a JSON object.";
            while (problem is null && json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isModel = json.ValueTextEquals("model"u8);
                var isMost = json.ValueTextEquals("max_tokens"u8);
                json.Read();
                model = isModel && json.TokenType == JsonTokenType.String ? json.GetString() : model;
                output = isMost && json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var most)
                    ? most
                    : output;
                json.Skip();
            }

            // The rest of a body with more than one document.
            while (problem is null && json.Read())
            {
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // the latter: half a character
        {
            problem = "The body is not JSON.";
        }

        problem ??= model is null or { Length: 0 or > LongestModel } ? "model: Field required" : null;
        return problem is null
            ? new MessagesRequest(body, model!, PromptOf(body.Span) with { Output = Math.Clamp(output, 0, MostOutput) })
            : null;
    }

    /// <summary>A prompt that is to be cached may be written to the cache whole, which costs more than reading it.</summary>
    private static TokenUsage PromptOf(ReadOnlySpan<byte> body)
    {
        var tokens = (body.Length + BytesPerToken - 1) / BytesPerToken;
        // Quotes inside of a text are escaped, so these are names and values of the request itself.
        return body.IndexOf("\"cache_control\""u8) < 0 ? TokenUsage.None with { Input = tokens }
            : body.IndexOf("\"1h\""u8) < 0 ? TokenUsage.None with { CacheWrite5m = tokens }
            : TokenUsage.None with { CacheWrite1h = tokens };
    }
}
