using Colloquy.Models;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Colloquy.Web.ModelGateway;

/// <summary>Everything that a sandbox can ask of this server, and the only thing: a short list.</summary>
/// <param name="missing">Why no model can be called; null if one can.</param>
internal sealed class GatewayApplication(
    TurnAuthentication authentication, MessagesCall messages, PassThrough others, OtlpEndpoint otlp, string? missing)
    : IHttpApplication<HttpContext>
{
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
            ("POST", "/v1/messages") => WithModelAsync(context, CallAsync),
            ("POST", "/v1/messages/count_tokens") => WithModelAsync(context, CountAsync),
            ("GET", "/v1/models") => WithModelAsync(context, ListAsync),
            ("GET", _) when IsModel(path) => WithModelAsync(context, ListAsync),
            ("POST", "/v1/traces") => WithTurnAsync(context, TakeTracesAsync),
            ("POST", "/v1/logs" or "/v1/metrics") => WithTurnAsync(context, DropAsync),
            // Clients warm their connection up by these.
            ("HEAD" or "GET", "/" or "/api/hello") => Task.CompletedTask,
            _ => GatewayError.NotFound(context.Request.Method, path).WriteAsync(context),
        };
    }

    private Task CallAsync(HttpContext context, TurnClaims turn) => WithBodyAsync(context, body =>
    {
        var request = body.ReadMessagesCall(out var problem);
        return problem is null
            ? messages.HandleAsync(context, turn, request)
            : GatewayError.Invalid(problem).WriteAsync(context);
    });

    private Task CountAsync(HttpContext context, TurnClaims turn) =>
        WithBodyAsync(context, body => others.HandleAsync(context, body));

    private Task ListAsync(HttpContext context, TurnClaims turn) => others.HandleAsync(context, null);

    private Task TakeTracesAsync(HttpContext context, TurnClaims turn) =>
        WithBodyAsync(context, body => otlp.TakeTracesAsync(context, turn, body));

    /// <summary>An agent that is refused would fill its output with errors about it.</summary>
    private Task DropAsync(HttpContext context, TurnClaims turn) =>
        WithBodyAsync(context, _ => OtlpEndpoint.AcceptAsync(context));

    private Task WithTurnAsync(HttpContext context, Func<HttpContext, TurnClaims, Task> handleAsync) =>
        authentication.TryRead(context.Request, out var turn)
            ? handleAsync(context, turn)
            : GatewayError.BadToken.WriteAsync(context);

    private Task WithModelAsync(HttpContext context, Func<HttpContext, TurnClaims, Task> handleAsync) =>
        WithTurnAsync(context, (same, turn) => missing is null
            ? handleAsync(same, turn)
            : GatewayError.NoModel(missing).WriteAsync(same));

    private static async Task WithBodyAsync(HttpContext context, Func<GatewayRequest, Task> handleAsync)
    {
        if (await GatewayRequest.ReadAsync(context.Request) is { } request)
        {
            await handleAsync(request);
        }
        else
        {
            await GatewayError.TooLarge.WriteAsync(context);
        }
    }

    /// <summary>One name, plain as those of models are: nothing that could lead elsewhere.</summary>
    private static bool IsModel(string path)
    {
        const string Models = "/v1/models/";
        return path.StartsWith(Models, StringComparison.Ordinal) && path.Length > Models.Length &&
            path[Models.Length..].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@' or '[' or ']') &&
            path[Models.Length..] is not ("." or "..");
    }
}
