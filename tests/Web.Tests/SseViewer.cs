using System.Text.Json;

namespace Colloquy.Web.Tests;

/// <summary>Reads an SSE response line by line, as a browser would.</summary>
public sealed class SseViewer : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private SseViewer(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _lines = new StreamReader(stream);
    }

    public HttpResponseMessage Response => _response;

    public static async Task<SseViewer> OpenAsync(
        HttpClient http, string path, CancellationToken cancellationToken, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        var viewer = new SseViewer(response, await response.Content.ReadAsStreamAsync(cancellationToken));
        await viewer.ReadUntilAsync(": connected", cancellationToken);
        return viewer;
    }

    /// <summary>Null at the end of the response.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        await _lines.ReadLineAsync(cancellationToken);

    public async Task ReadUntilAsync(string line, CancellationToken cancellationToken)
    {
        while (await ReadLineAsync(cancellationToken) is { } read && read != line)
        {
        }
    }

    /// <summary>The next event, or null at the end of the response.</summary>
    public async Task<SseFrame?> ReadAsync(CancellationToken cancellationToken)
    {
        string? id = null, type = null;
        while (await ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = line[4..];
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                type = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return new SseFrame(id, type, JsonSerializer.Deserialize<JsonElement>(line[6..]));
            }
        }

        return null;
    }

    public async Task<List<SseFrame>> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var frames = new List<SseFrame>();
        while (await ReadAsync(cancellationToken) is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}

public sealed record SseFrame(string? Id, string? Type, JsonElement Data);
