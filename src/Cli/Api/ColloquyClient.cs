using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Refit;

namespace Colloquy.Cli.Api;

/// <summary>
/// The HTTP API of one server. Errors become <see cref="ApiErrorException"/> or
/// <see cref="ServerUnreachableException"/>; requests are repeated where repeating is harmless.
/// </summary>
internal sealed class ColloquyClient : IDisposable
{
    private const int Attempts = 4;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly HttpClient _streams;
    private readonly IColloquyApi _api;

    public ColloquyClient(Uri server, TimeProvider time)
    {
        Server = server;
        _time = time;
        _http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromSeconds(60) };
        // Before a large file is sent, the server may have to start a sandbox for it.
        var connections = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(60) };
        _streams = new HttpClient(connections) { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
        Files = new FileTransfers(_streams, server);
        _api = RestService.For<IColloquyApi>(
            _http, new RefitSettings(new SystemTextJsonContentSerializer(ApiJson.Options)));
    }

    public Uri Server { get; }

    public TimeProvider Time => _time;

    public FileTransfers Files { get; }

    public Task<SessionView> CreateSessionAsync(string? agent, string? title, CancellationToken cancellationToken)
    {
        var key = NewKey();
        return CallAsync(() => _api.CreateSessionAsync(new CreateSessionBody(agent, title), key, cancellationToken), cancellationToken);
    }

    public Task<SessionList> ListSessionsAsync(int limit, string? page, string? statuses, CancellationToken cancellationToken) =>
        CallAsync(() => _api.ListSessionsAsync(limit, page, statuses, cancellationToken), cancellationToken);

    public Task<SessionView> GetSessionAsync(string id, CancellationToken cancellationToken) =>
        CallAsync(() => _api.GetSessionAsync(id, cancellationToken), cancellationToken);

    public Task EndSessionAsync(string id, CancellationToken cancellationToken) =>
        CallAsync(() => _api.EndSessionAsync(id, cancellationToken), cancellationToken);

    /// <returns>The stored message; its turn id names the turn that will answer it.</returns>
    public async Task<ApiEvent> SendMessageAsync(string id, string text, TimeSpan? timeout, CancellationToken cancellationToken) =>
        ApiEvent.Parse((await SubmitAsync(id, SubmitBody.Message(text, timeout), cancellationToken)).Data[0]);

    public Task InterruptAsync(string id, CancellationToken cancellationToken) =>
        SubmitAsync(id, SubmitBody.Interrupt, cancellationToken);

    /// <summary>The whole journal of a session, page by page.</summary>
    public async IAsyncEnumerable<ApiEvent> ListEventsAsync(
        string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? page = null;
        do
        {
            var cursor = page;
            var list = await CallAsync(() => _api.ListEventsAsync(id, 1000, cursor, cancellationToken), cancellationToken);
            foreach (var item in list.Data)
            {
                yield return ApiEvent.Parse(item);
            }

            page = list.NextPage;
        }
        while (page is not null);
    }

    public async Task<CostReport> GetCostsAsync(string? by, string? from, string? to, CancellationToken cancellationToken) =>
        CostReport.Parse(await CallAsync(() => _api.GetCostsAsync(by, from, to, cancellationToken), cancellationToken));

    public async Task<FileListView> ListFilesAsync(string id, string? path, CancellationToken cancellationToken) =>
        FileListView.Parse(await CallAsync(() => _api.ListFilesAsync(id, path, cancellationToken), cancellationToken));

    public async Task<SandboxListView> ListSandboxesAsync(CancellationToken cancellationToken) =>
        SandboxListView.Parse(await CallAsync(() => _api.ListSandboxesAsync(cancellationToken), cancellationToken));

    public EventStream Events(Action<long>? reconnecting = null, bool previews = false) =>
        new(_streams, _time) { Reconnecting = reconnecting, Previews = previews };

    /// <summary>One connection that is not opened again, for whoever wants to drop it.</summary>
    public Task<EventStreamConnection> OpenStreamAsync(string id, long after, CancellationToken cancellationToken) =>
        EventStreamConnection.OpenAsync(_streams, _time, id, after, previews: false, cancellationToken);

    public void Dispose()
    {
        _http.Dispose();
        _streams.Dispose();
    }

    internal static string? RequestId(HttpResponseHeaders headers) =>
        headers.TryGetValues("request-id", out var values) ? values.FirstOrDefault() : null;

    private Task<EventList> SubmitAsync(string id, SubmitBody body, CancellationToken cancellationToken)
    {
        // One key for all attempts: a repetition whose first answer was lost is accepted once.
        var key = NewKey();
        return CallAsync(() => _api.SubmitAsync(id, body, key, cancellationToken), cancellationToken);
    }

    private async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (ApiException exception) when (exception.StatusCode != HttpStatusCode.ServiceUnavailable || attempt == Attempts)
            {
                throw Translate(exception);
            }
            catch (Exception exception) when (IsTransport(exception) && attempt == Attempts)
            {
                throw new ServerUnreachableException(Server, exception.GetBaseException());
            }
            catch (Exception exception) when (exception is ApiException || IsTransport(exception))
            {
                await Task.Delay(FirstPause * attempt, _time, cancellationToken);
            }
        }
    }

    private static bool IsTransport(Exception exception) =>
        exception is HttpRequestException or ApiRequestException or IOException or TaskCanceledException;

    private static ApiErrorException Translate(ApiException exception) =>
        exception.InnerException is JsonException
            ? new ApiErrorException(new ApiErrorInfo(
                (int)exception.StatusCode, "unreadable_answer",
                "The answer cannot be read. Is it a Colloquy server of this version? " + exception.InnerException.Message,
                null, null, null, RequestId(exception.Headers)))
            : new ApiErrorException(
                ApiErrorInfo.Parse((int)exception.StatusCode, exception.Content, RequestId(exception.Headers)));

    private static string NewKey() => Guid.NewGuid().ToString("N");
}
