using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>The frame around calls that answer with a stream: what ends it, and how its end is told.</summary>
internal sealed class ServerStream(TimeProvider time)
{
    private const string ContentType = "application/connect+json";

    /// <param name="serve">Sends messages until it is told to stop.</param>
    internal async Task RunAsync(HttpContext http, Sandbox sandbox, Func<CancellationToken, Task> serve)
    {
        if (!IsConnectJson(http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            http.Response.Headers["Accept-Post"] = ContentType;
            return;
        }

        http.Response.ContentType = ContentType;
        var failure = await TryAsync(http, sandbox, serve);
        Envelope.Write(http.Response.BodyWriter, Envelope.EndOfStream, Envelope.Trailer(failure));
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    private async Task<ConnectException?> TryAsync(HttpContext http, Sandbox sandbox, Func<CancellationToken, Task> serve)
    {
        try
        {
            if (SandboxUser.RequestedBy(http) is { } user and not SandboxUser.Name)
                throw new ConnectException(ConnectException.Unauthenticated, SandboxUser.Unknown(user));
            await ServeAsync(http, sandbox, serve);
            return null;
        }
        catch (ConnectException failure)
        {
            return failure;
        }
        catch (CageFileException failure)
        {
            return FileFaults.ToConnect(failure);
        }
        catch (SandboxGoneException)
        {
            return new ConnectException(
                ConnectException.Unavailable,
                $"the connection to sandbox {sandbox.Id} ended before the stream completed");
        }
    }

    private async Task ServeAsync(HttpContext http, Sandbox sandbox, Func<CancellationToken, Task> serve)
    {
        var timeout = StreamHeaders.Timeout(http.Request);
        if (timeout == TimeSpan.Zero) throw DeadlineExceeded();
        using var deadline = new CancellationTokenSource(timeout ?? Timeout.InfiniteTimeSpan, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, http.RequestAborted);
        var ended = sandbox.Cage.Ended;
        try
        {
            var serving = serve(stop.Token);
            if (await Task.WhenAny(serving, ended) != serving) await stop.CancelAsync();
            await serving;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw DeadlineExceeded();
        }
        catch (OperationCanceledException) when (ended.IsCompleted)
        {
            throw new SandboxGoneException();
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private static ConnectException DeadlineExceeded() => new(ConnectException.DeadlineExceeded, "context deadline exceeded");

    private static bool IsConnectJson(HttpRequest request) =>
        request.ContentType?.Split(';')[0].Trim().Equals(ContentType, StringComparison.OrdinalIgnoreCase) ?? false;
}
