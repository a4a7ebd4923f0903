using System.Text.Json;
using Colloquy.Costs;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.ModelGateway;

/// <summary>What an agent asks for: read whole before anything is forwarded.</summary>
internal sealed record GatewayRequest(ReadOnlyMemory<byte> Body)
{
    /// <summary>The provider's own limit.</summary>
    public const int Limit = 32 * 1024 * 1024;

    private const int LongestModel = 256;

    /// <summary>A token has about four bytes; it is never much less than three in text that people write.</summary>
    private const int BytesPerToken = 3;

    /// <summary>The model asked for.</summary>
    public string Model { get; private init; } = "";

    /// <summary>What it may come to at most: all the output that it may have.</summary>
    public TokenUsage WorstCase { get; private init; }

    /// <returns>Null if it is larger than <see cref="Limit"/>.</returns>
    public static async Task<GatewayRequest?> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > Limit)
        {
            return null;
        }

        var stop = request.HttpContext.RequestAborted;
        var body = new byte[(int)(request.ContentLength ?? 64 * 1024) + 1];
        var length = 0;
        while (await request.Body.ReadAsync(body.AsMemory(length), stop) is > 0 and var read)
        {
            length += read;
            if (length > Limit)
            {
                return null;
            }

            if (length == body.Length)
            {
                Array.Resize(ref body, Math.Min(2 * length, Limit + 1));
            }
        }

        return new GatewayRequest(body.AsMemory(0, length));
    }

    /// <summary>Reads what a call for a message must have. The rest is the provider's to judge.</summary>
    /// <param name="problem">Null if it is one.</param>
    public GatewayRequest ReadMessagesCall(out string? problem)
    {
        string? model = null;
        long output = 0;
        try
        {
            var json = new Utf8JsonReader(Body.Span);
            problem = json.Read() && json.TokenType == JsonTokenType.StartObject ? null : "The body is not a JSON object.";
            while (problem is null && json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isModel = json.ValueTextEquals("model"u8);
                var isMost = json.ValueTextEquals("max_tokens"u8);
                json.Read();
                model = isModel && json.TokenType == JsonTokenType.String ? json.GetString() : model;
                output = isMost && json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var most) ? most : output;
                json.Skip();
            }

            // The rest of a body with more than one document.
            while (problem is null && json.Read())
            {
            }
        }
        catch (JsonException)
        {
            problem = "The body is not JSON.";
        }

        problem ??= model is null or { Length: 0 or > LongestModel } ? "model: Field required" : null;
        return this with
        {
            Model = model ?? "",
            WorstCase = new TokenUsage((Body.Length + BytesPerToken - 1) / BytesPerToken, Math.Max(0, output), 0, 0, 0),
        };
    }
}
