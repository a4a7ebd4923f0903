using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Colloquy.EndToEnd;

/// <summary>The HTTP API as a stranger would call it: bare requests, no types of ours.</summary>
internal sealed class ApiClient(string url) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(2) };

    public async Task<JsonNode> GetAsync(string path) => (await _http.GetFromJsonAsync<JsonNode>(path))!;

    public async Task<string> CreateSessionAsync(object? body = null)
    {
        using var answer = await _http.PostAsJsonAsync("/v1/sessions", body ?? new { });
        return (string)(await ReadAsync(answer))["id"]!;
    }

    /// <summary>Creates what the path lists and returns it.</summary>
    public async Task<JsonNode> CreateAsync(string path, object body)
    {
        // Names as they stand: those of variables are in capitals.
        using var answer = await _http.PostAsJsonAsync(path, body, JsonSerializerOptions.Default);
        return await ReadAsync(answer);
    }

    public async Task<JsonNode> SendAsync(string session, object sent, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/sessions/{session}/events")
        {
            Content = JsonContent.Create(new { events = new[] { sent } }),
        };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var answer = await _http.SendAsync(request);
        return await ReadAsync(answer);
    }

    public Task<JsonNode> SayAsync(string session, string text, string? key = null) => SendAsync(
        session, new { type = "user.message", content = new[] { new { type = "text", text } } }, key);

    public Task<JsonNode> InterruptAsync(string session) => SendAsync(session, new { type = "user.interrupt" });

    public async Task<JsonNode> EndAsync(string session)
    {
        using var answer = await _http.DeleteAsync($"/v1/sessions/{session}");
        return await ReadAsync(answer);
    }

    public async Task PutFileAsync(string session, string path, string text)
    {
        using var content = new StringContent(text);
        using var answer = await _http.PutAsync($"/v1/sessions/{session}/files/content?path={path}", content);
        await ReadAsync(answer);
    }

    /// <returns>Null if there is no such file.</returns>
    public async Task<string?> GetFileAsync(string session, string path)
    {
        using var answer = await _http.GetAsync(
            new Uri($"/v1/sessions/{session}/files/content?path={path}", UriKind.Relative));
        return answer.StatusCode == HttpStatusCode.NotFound
            ? null
            : await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    /// <summary>Says something and returns the events of the turn that answers it, its end included.</summary>
    public async Task<List<JsonNode>> AskAsync(string session, string text)
    {
        var sent = await SayAsync(session, text);
        var message = sent["data"]![0]!;
        return await ReadUntilAsync(
            session, (long)message["sequence"]!,
            stored =>
                Type(stored) == "session.status_idle" && (string?)stored["turn_id"] == (string?)message["turn_id"]);
    }

    /// <summary>Follows the stream from a position up to and with the first event that matches.</summary>
    public async Task<List<JsonNode>> ReadUntilAsync(string session, long after, Func<JsonNode, bool> last)
    {
        var seen = new List<JsonNode>();
        await foreach (var (_, data) in FramesAsync(session, $"after={after}"))
        {
            seen.Add(data);
            if (last(data))
            {
                return seen;
            }
        }

        throw new InvalidOperationException($"The stream ended after {seen.Count} events without the one awaited.");
    }

    /// <summary>The frames of the stream as they come, each with its <c>id:</c> if it has one.</summary>
    public async IAsyncEnumerable<(string? Id, JsonNode Data)> FramesAsync(string session, string query)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var stream = await _http.GetStreamAsync(
            new Uri($"/v1/sessions/{session}/events/stream?{query}", UriKind.Relative), timeout.Token);
        await foreach (var frame in SseParser.Create(stream).EnumerateAsync(timeout.Token))
        {
            yield return (frame.EventId, JsonNode.Parse(frame.Data)!);
        }
    }

    public static string Type(JsonNode stored) => (string)stored["type"]!;

    public static string Answers(IEnumerable<JsonNode> events) => string.Join(
        '\n',
        events.Where(stored => Type(stored) == "agent.message")
            .Select(stored => (string)stored["content"]![0]!["text"]!));

    public void Dispose() => _http.Dispose();

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(body)!
            : throw new HttpRequestException(body, null, answer.StatusCode);
    }
}
