using System.Text.Json;
using Colloquy.SandboxHost.Files;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>The calls of <c>filesystem.Filesystem</c> that watch folders, as a stream or to be polled.</summary>
internal sealed class WatchEndpoints(ServerStream streams, TimeProvider time)
{
    private const string Service = "/filesystem.Filesystem";
    private static readonly EmptyResponse Empty = new();
    private readonly WatcherTable _watchers = new();

    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost($"{Service}/WatchDir", DataPlaneRouting.Guard(
            (http, sandbox) => streams.RunAsync(http, sandbox, stop => WatchAsync(http, sandbox, stop))));
        FilesystemEndpoints.MapUnary(
            routes, "CreateWatcher", FilesystemJson.Default.WatchRequest, FilesystemJson.Default.WatcherMessage,
            (sandbox, request, _) => new(_watchers.Add(sandbox.Cage, () => Open(sandbox, request))));
        FilesystemEndpoints.MapUnary(
            routes, "GetWatcherEvents", FilesystemJson.Default.WatcherMessage, FilesystemJson.Default.WatcherEventsResponse,
            (sandbox, request, _) => EventsOf(_watchers.Find(sandbox.Cage, request.WatcherId)));
        FilesystemEndpoints.MapUnary(
            routes, "RemoveWatcher", FilesystemJson.Default.WatcherMessage, FilesystemJson.Default.EmptyResponse,
            (sandbox, request, _) =>
            {
                _watchers.Remove(sandbox.Cage, request.WatcherId);
                return Empty;
            });
    }

    private async Task WatchAsync(HttpContext http, Sandbox sandbox, CancellationToken stop)
    {
        var request = await ReadAsync(http, stop);
        using var folder = Open(sandbox, request);
        await SendAsync(http, new WatchMessage(Empty, null, null), stop);
        var interval = StreamHeaders.KeepAlive(http.Request);
        while (true)
        {
            foreach (var seen in await NextAsync(http, folder, interval, stop))
                await SendAsync(http, new WatchMessage(null, ToMessage(seen), null), stop);
        }
    }

    private async Task<IReadOnlyList<SeenEvent>> NextAsync(
        HttpContext http, WatchedFolder folder, TimeSpan interval, CancellationToken stop)
    {
        var next = folder.ReadAsync(stop);
        while (true)
        {
            try
            {
                return await next.WaitAsync(interval, time, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                await SendAsync(http, new WatchMessage(null, null, Empty), stop);
            }
        }
    }

    private static async Task<WatchRequest> ReadAsync(HttpContext http, CancellationToken stop)
    {
        var payload = await Envelope.ReadSingleAsync(http.Request.BodyReader, stop);
        try
        {
            return JsonSerializer.Deserialize(payload, FilesystemJson.Default.WatchRequest)
                ?? throw new JsonException("null is not a message");
        }
        catch (JsonException malformed)
        {
            throw new ConnectException(ConnectException.InvalidArgument, $"unmarshal message: {malformed.Message}");
        }
    }

    private static WatchedFolder Open(Sandbox sandbox, WatchRequest request) => new(
        sandbox.Cage.Files,
        FilesystemEndpoints.OrHome(request.Path),
        request.Recursive ?? false,
        request.IncludeEntry ?? false);

    private static WatcherEventsResponse EventsOf(PolledWatcher watcher)
    {
        var events = watcher.Take();
        return new(events.Count > 0 ? [.. events.Select(ToMessage)] : null);
    }

    private static FilesystemEvent ToMessage(SeenEvent seen) => new(
        seen.Event.Name,
        "EVENT_TYPE_" + seen.Event.Type.ToString().ToUpperInvariant(),
        seen.Entry is null ? null : EntryMessages.Of(seen.Entry));

    private static async Task SendAsync(HttpContext http, WatchMessage message, CancellationToken stop)
    {
        var body = http.Response.BodyWriter;
        Envelope.Write(body, 0, JsonSerializer.SerializeToUtf8Bytes(message, FilesystemJson.Default.WatchMessage));
        await body.FlushAsync(stop);
    }
}
