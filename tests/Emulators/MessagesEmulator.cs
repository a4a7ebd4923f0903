using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Colloquy.Emulators;

/// <summary>
/// Anthropic's Messages API on loopback: it streams what a test has scripted, breaks where it shall, and knows to the
/// token what it has billed. One per test, so that none counts another's calls.
/// </summary>
public sealed class MessagesEmulator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MessagesEmulatorOptions _options;
    private readonly CallLog _log = new();
    private ImmutableList<Func<MessagesRequest, Reply?>> _rules = [];

    private MessagesEmulator(WebApplication app, MessagesEmulatorOptions options) => (_app, _options) = (app, options);

    public string Url => _app.Urls.First(url => !url.Contains("unix", StringComparison.Ordinal));

    /// <summary>Every request so far, in the order of their arrival.</summary>
    public IReadOnlyList<RecordedCall> Calls => _log.Calls;

    /// <summary>The <see cref="Calls"/> that asked for a message.</summary>
    public IReadOnlyList<RecordedCall> Messages => [.. Calls.Where(call => call.IsMessage)];

    /// <summary>What was really billed, by the model that answered: the sum over all <see cref="Calls"/>.</summary>
    public IReadOnlyDictionary<string, Usage> Truth => Calls
        .Where(call => call.Model is not null)
        .GroupBy(call => call.Model!)
        .ToDictionary(calls => calls.Key, calls => calls.Aggregate(Usage.None, (sum, call) => sum + call.Usage));

    public static async Task<MessagesEmulator> StartAsync(
        MessagesEmulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new MessagesEmulatorOptions();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(options.Url);
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));
        var app = builder.Build();
        var emulator = new MessagesEmulator(app, options);
        app.Run(emulator.ServeAsync);
        await app.StartAsync(cancellationToken);
        return emulator;
    }

    /// <summary>
    /// Answers what the rule has a reply for. Rules are asked in the order in which they were added; what none of them
    /// wants is answered by <see cref="DefaultRules"/>.
    /// </summary>
    /// <param name="times">How often it replies before it is used up.</param>
    public void Respond(Func<MessagesRequest, Reply?> rule, int times = int.MaxValue)
    {
        var left = times;
        ImmutableInterlocked.Update(ref _rules, rules => rules.Add(request =>
            Volatile.Read(ref left) > 0 && rule(request) is { } reply && Interlocked.Decrement(ref left) >= 0
                ? reply
                : null));
    }

    /// <summary>Forgets rules and calls, as if it had just been started.</summary>
    public void Reset()
    {
        _rules = [];
        _log.Clear();
    }

    /// <summary>Waits until so many messages were asked for, and returns them.</summary>
    public async Task<IReadOnlyList<RecordedCall>> WaitForCallsAsync(int count, CancellationToken cancellationToken)
    {
        await _log.WaitAsync(calls => calls.Count(call => call.IsMessage) >= count, cancellationToken);
        return Messages;
    }

    /// <summary>Until Ctrl-C or SIGTERM.</summary>
    public Task WaitForStopAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token); // answers that hang are not waited for
        await _app.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, MessagesEmulatorOptions options)
    {
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestBodySize = null;
        if (options.UnixSocket is { } socket)
        {
            // Once something is listened to by code, the URLs are no longer looked at.
            kestrel.ListenUnixSocket(socket);
            var url = new Uri(options.Url);
            kestrel.Listen(System.Net.IPAddress.Parse(url.Host), url.Port);
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        var call = await RecordAsync(context);
        try
        {
            context.Response.Headers["request-id"] = call.RequestId;
            await AnswerAsync(context, call);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            call.Aborted = true;
        }
        finally
        {
            call.End(TimeProvider.System.GetUtcNow());
        }
    }

    private async Task AnswerAsync(HttpContext context, RecordedCall call)
    {
        var path = context.Request.Path.Value;
        if (path == "/api/hello")
        {
            call.Status = StatusCodes.Status200OK;
        }
        else if (Refusal(call) is { } refusal)
        {
            await AnswerWriter.WriteErrorAsync(context, call, refusal);
        }
        else if (call.IsMessage && call.Request is { } request)
        {
            var reply = _rules.Select(rule => rule(request)).FirstOrDefault(found => found is not null);
            await AnswerWriter.WriteAsync(context, call, reply ?? DefaultRules.Reply(request));
        }
        else if (OtherEndpoints.Find(call, path!) is { } document)
        {
            await AnswerWriter.WriteJsonAsync(context, call, StatusCodes.Status200OK, document);
        }
        else
        {
            var (status, type) = call.Method == "POST" ? (400, "invalid_request_error") : (404, "not_found_error");
            await AnswerWriter.WriteErrorAsync(
                context, call, new ErrorReply(status, type, $"{call.Method} {path}: not understood.", []));
        }
    }

    private ErrorReply? Refusal(RecordedCall call)
    {
        var key = call.Headers.GetValueOrDefault("x-api-key")
            ?? call.Headers.GetValueOrDefault("authorization")?.Replace("Bearer ", "", StringComparison.Ordinal);
        return key is null ? new ErrorReply(401, "authentication_error", "x-api-key header is required", [])
            : _options.ApiKey is { } needed && key != needed
                ? new ErrorReply(401, "authentication_error", "invalid x-api-key", [])
                : null;
    }

    private async Task<RecordedCall> RecordAsync(HttpContext context)
    {
        var call = new RecordedCall
        {
            Method = context.Request.Method,
            PathAndQuery = $"{context.Request.Path}{context.Request.QueryString}",
            Headers = context.Request.Headers.ToDictionary(
                header => header.Key.ToLowerInvariant(), header => header.Value.ToString()),
            RequestId = Ids.New("req_"),
            Request = await ReadAsync(context.Request) is { } body ? new MessagesRequest(body) : null,
            ReceivedAt = TimeProvider.System.GetUtcNow(),
        };
        _log.Add(call);
        return call;
    }

    private static async Task<JsonObject?> ReadAsync(HttpRequest request)
    {
        try
        {
            var stop = request.HttpContext.RequestAborted;
            return await JsonNode.ParseAsync(request.Body, cancellationToken: stop) as JsonObject;
        }
        catch (JsonException)
        {
            return null; // answered with 400
        }
    }
}

/// <param name="Url">Where it listens; port 0 is any free one.</param>
/// <param name="UnixSocket">A socket on which it listens as well.</param>
/// <param name="ApiKey">The only key that it takes; null for any.</param>
public sealed record MessagesEmulatorOptions(
    string Url = "http://127.0.0.1:0", string? UnixSocket = null, string? ApiKey = null);
