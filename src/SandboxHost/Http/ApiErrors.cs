using System.Text.Json;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.Http;

/// <summary>Turns what went wrong into E2B's error bodies.</summary>
internal sealed partial class ApiErrors(ILogger<ApiErrors> log)
{
    internal async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (Exception failure) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            await AnswerAsync(http, failure);
        }
    }

    /// <summary>Answers with the plain error body of the control plane and the file calls.</summary>
    internal static Task WriteAsync(HttpContext http, int status, string message)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.WriteAsync($"{{\"code\":{status},\"message\":{JsonText(message)}}}");
    }

    internal static string JsonText(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    private Task AnswerAsync(HttpContext http, Exception failure)
    {
        var (status, message) = failure switch
        {
            ApiException api => (api.Status, api.Message),
            CageFileException file => (file.HttpStatus, file.Message),
            SandboxLimitException => (StatusCodes.Status429TooManyRequests, failure.Message),
            SandboxNotFoundException => (StatusCodes.Status404NotFound, failure.Message),
            SandboxConflictException => (StatusCodes.Status409Conflict, failure.Message),
            SandboxRunTooLongException => (StatusCodes.Status400BadRequest, failure.Message),
            SandboxGoneException => (StatusCodes.Status502BadGateway, failure.Message),
            BadHttpRequestException bad => (bad.StatusCode, bad.Message),
            JsonException => (400, $"Error when parsing request: {failure.Message}"),
            IOException { HResult: Linux.LibC.ENOSPC or Linux.LibC.EDQUOT } => (507, "No space is left."),
            _ => (500, failure.Message),
        };
        if (status == 500) LogFailed(http.Request.Method, http.Request.Path, failure);
        return WriteAsync(http, status, message);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailed(string method, PathString path, Exception failure);
}
