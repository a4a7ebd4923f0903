using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Colloquy.Web.Errors;

/// <summary>Gives every request an id, and every failure of the API a body.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    private const string RequestIdHeader = "request-id";
    private const int RequestIdBytes = 12;

    public async Task InvokeAsync(HttpContext context)
    {
        context.TraceIdentifier = "req_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RequestIdBytes));
        context.Response.Headers[RequestIdHeader] = context.TraceIdentifier;
        try
        {
            await next(context);
            await ExplainEmptyAnswerAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: there is nobody to answer.
        }
        catch (Exception error)
        {
            await AnswerAsync(context, error);
        }
    }

    private static Task ExplainEmptyAnswerAsync(HttpContext context)
    {
        var response = context.Response;
        var isBare = !response.HasStarted && response.ContentLength is null && response.ContentType is null;
        return isBare && context.Request.Path.StartsWithSegments("/v1") &&
            ErrorMapping.FromStatus(context.Request, response.StatusCode) is { } error
            ? ErrorWriter.WriteAsync(context, error)
            : Task.CompletedTask;
    }

    private async Task AnswerAsync(HttpContext context, Exception error)
    {
        var answer = ErrorMapping.From(error);
        if (answer.Status >= StatusCodes.Status500InternalServerError)
        {
            LogFailure(error, context.Request.Method, context.Request.Path, context.TraceIdentifier);
        }

        if (context.Response.HasStarted)
        {
            context.Abort(); // the status is out: only a broken connection can still tell that the answer is not whole
            return;
        }

        context.Response.Clear();
        context.Response.Headers[RequestIdHeader] = context.TraceIdentifier;
        await ErrorWriter.WriteAsync(context, answer);
    }
}
