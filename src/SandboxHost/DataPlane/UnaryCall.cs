using System.Text.Json;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>RPCs with one request and one response: plain JSON bodies, errors by HTTP status.</summary>
internal static class UnaryCall
{
    internal static Func<HttpContext, Sandbox, Task> Of(Func<HttpContext, Sandbox, Task<byte[]>> call) =>
        async (http, sandbox) =>
        {
            try
            {
                SandboxUser.Check(http);
                await WriteAsync(http, 200, await call(http, sandbox));
            }
            catch (ConnectException failure)
            {
                await FailAsync(http, failure);
            }
            catch (JsonException malformed)
            {
                await FailAsync(http, new ConnectException(ConnectException.InvalidArgument, malformed.Message));
            }
            catch (SandboxGoneException gone)
            {
                await FailAsync(http, new ConnectException(ConnectException.Unavailable, gone.Message));
            }
        };

    private static Task FailAsync(HttpContext http, ConnectException failure) =>
        WriteAsync(http, failure.HttpStatus, System.Text.Encoding.UTF8.GetBytes(Envelope.ErrorBody(failure)));

    private static Task WriteAsync(HttpContext http, int status, byte[] body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        return http.Response.Body.WriteAsync(body).AsTask();
    }
}
