using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Colloquy.Cli.Api;

/// <summary>One open response of the event stream.</summary>
internal sealed class EventStreamConnection : IAsyncDisposable
{
    public static readonly TimeSpan DefaultRetry = TimeSpan.FromSeconds(1);

    private readonly HttpResponseMessage _response;
    private readonly SseParser<ApiEvent?> _parser;
    private readonly IAsyncEnumerator<SseItem<ApiEvent?>> _items;

    private EventStreamConnection(HttpResponseMessage response, Stream stream, CancellationToken cancellationToken)
    {
        _response = response;
        _parser = SseParser.Create(stream, (_, data) => data.IsEmpty ? null : ApiEvent.Parse(data));
        _items = _parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>How long the server asks to wait before connecting again.</summary>
    public TimeSpan Retry =>
        _parser.ReconnectionInterval is { } asked && asked > TimeSpan.Zero ? asked : DefaultRetry;

    /// <exception cref="ApiErrorException">The server refuses.</exception>
    /// <exception cref="HttpRequestException">It does not answer, or cannot serve now.</exception>
    public static async Task<EventStreamConnection> OpenAsync(
        HttpClient http, TimeProvider time, string sessionId, long after, bool previews,
        CancellationToken cancellationToken)
    {
        var wanted = previews ? "&event_deltas=agent.message" : "";
        var path = string.Create(
            CultureInfo.InvariantCulture, $"/v1/sessions/{Uri.EscapeDataString(sessionId)}/events/stream?after={after}{wanted}");
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", after.ToString(CultureInfo.InvariantCulture));
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        try
        {
            await ThrowIfRefusedAsync(response, cancellationToken);
            var stream = new WatchedStream(await response.Content.ReadAsStreamAsync(cancellationToken), time);
            return new EventStreamConnection(response, stream, cancellationToken);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <returns>The next event, or null when the response ended or the connection broke.</returns>
    public async Task<ApiEvent?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _items.MoveNextAsync())
            {
                if (_items.Current.Data is { } next && (next.Sequence > 0 || next.IsPreview))
                {
                    return next;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or JsonException)
        {
            // Broken off, perhaps in the middle of a frame: the caller connects again after the last whole event.
        }

        cancellationToken.ThrowIfCancellationRequested();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        _response.Dispose();
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            throw new HttpRequestException("the server is not ready (HTTP status 503)");
        }

        if (!response.IsSuccessStatusCode)
        {
            var content = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new ApiErrorException(
                ApiErrorInfo.Parse((int)response.StatusCode, content, ColloquyClient.RequestId(response.Headers)));
        }
    }
}
