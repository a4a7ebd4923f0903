using Colloquy.Models;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Colloquy.Web.ModelGateway;

/// <summary>Everything that a sandbox can ask of this server, and the only thing: a short list.</summary>
/// <param name="missing">Why no model can be called; null if one can.</param>
internal sealed class GatewayApplication(
    TurnAuthentication authentication, RunningTurns running, MessagesCall messages, PassThrough others,
    OtlpEndpoint otlp, string? missing)
    : IHttpApplication<HttpContext>
{
    private readonly SessionPlaces _places = new();

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
        }
    }

    private Task RouteAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        return (context.Request.Method, path) switch
        {
            ("POST", "/v1/messages") => WithTurnAsync(context, (_, turn) =>
                WithModelAsync(context, same => CallAsync(same, turn))),
            ("POST", "/v1/messages/count_tokens") => WithRunningTurnAsync(context, same =>
                WithModelAsync(same, CountAsync)),
            ("GET", "/v1/models") => WithRunningTurnAsync(context, same => WithModelAsync(same, ListAsync)),
            ("GET", _) when IsModel(path) => WithRunningTurnAsync(context, same => WithModelAsync(same, ListAsync)),
            ("POST", "/v1/traces") => WithTurnAsync(context, TakeTracesAsync),
            ("POST", "/v1/logs" or "/v1/metrics") => WithRunningTurnAsync(context, DropAsync),
            // Clients warm their connection up by these.
            ("HEAD" or "GET", "/" or "/api/hello") => Task.CompletedTask,
            _ => GatewayError.NotFound(context.Request.Method, path).WriteAsync(context),
        };
    }

    private Task CallAsync(HttpContext context, TurnClaims turn) =>
        WithBodyAsync(context, RequestBody.MostMessages, body => MessagesRequest.Read(body, out var problem) is { } request
            ? messages.HandleAsync(context, turn, request)
            : GatewayError.Invalid(problem!).WriteAsync(context));

    private Task CountAsync(HttpContext context) =>
        WithBodyAsync(context, RequestBody.MostMessages, body => others.HandleAsync(context, body));

    private Task ListAsync(HttpContext context) => others.HandleAsync(context, null);

    private Task TakeTracesAsync(HttpContext context, TurnClaims turn) =>
        WithBodyAsync(context, RequestBody.MostTraces, body => otlp.TakeTracesAsync(context, turn, body));

    /// <summary>An agent that is refused would fill its output with errors about it.</summary>
    private static async Task DropAsync(HttpContext context)
    {
        await RequestBody.DropAsync(context.Request);
        await OtlpEndpoint.AcceptAsync(context);
    }

    private async Task WithTurnAsync(HttpContext context, Func<HttpContext, TurnClaims, Task> handleAsync)
    {
        if (!authentication.TryRead(context.Request, out var turn))
        {
            await GatewayError.BadToken.WriteAsync(context);
        }
        else if (!_places.TryEnter(turn.Session))
        {
            await GatewayError.TooMany.WriteAsync(context);
        }
        else
        {
            try
            {
                await handleAsync(context, turn);
            }
            finally
            {
                _places.Leave(turn.Session);
            }
        }
    }

    /// <summary>For what does not ask the session itself.</summary>
    private Task WithRunningTurnAsync(HttpContext context, Func<HttpContext, Task> handleAsync) =>
        WithTurnAsync(context, async (same, turn) => await (await running.ContainsAsync(turn)
            ? handleAsync(same)
            : GatewayError.TurnOver.WriteAsync(same)));

    private Task WithModelAsync(HttpContext context, Func<HttpContext, Task> handleAsync) => missing is null
        ? handleAsync(context)
        : GatewayError.NoModel(missing).WriteAsync(context);

    private static async Task WithBodyAsync(
        HttpContext context, int limit, Func<ReadOnlyMemory<byte>, Task> handleAsync)
    {
        if (await RequestBody.ReadAsync(context.Request, limit) is { } body)
        {
            await handleAsync(body);
        }
        else
        {
            await GatewayError.TooLarge(limit).WriteAsync(context);
        }
    }

    /// <summary>One name, plain as those of models are: nothing that could lead elsewhere.</summary>
    private static bool IsModel(string path)
    {
        const string Models = "/v1/models/";
        if (!path.StartsWith(Models, StringComparison.Ordinal))
        {
            return false;
        }

        var name = path[Models.Length..];
        return name is not ("" or "." or "..") &&
            name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@' or '[' or ']');
    }
}
