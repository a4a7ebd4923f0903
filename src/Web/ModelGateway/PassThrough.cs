using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.ModelGateway;

/// <summary>Forwards what costs nothing and is not stored: counting tokens, and which models there are.</summary>
internal sealed class PassThrough(ProviderClient provider, ModelGatewayOptions options)
{
    public async Task HandleAsync(HttpContext context, ReadOnlyMemory<byte>? body)
    {
        try
        {
            using var answer = await provider.SendAsync(context.Request, body, context.RequestAborted);
            var content = Redaction.Of(
                await answer.Content.ReadAsByteArrayAsync(context.RequestAborted), options.Credential!);
            context.Response.StatusCode = (int)answer.StatusCode;
            PassedHeaders.CopyTo(context.Response, answer, options.Credential!);
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
        catch (Exception error) when (
            error is HttpRequestException or IOException or OperationCanceledException // of a connect that took too long
            && !context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            await GatewayError.Unreachable.WriteAsync(context);
        }
    }
}
