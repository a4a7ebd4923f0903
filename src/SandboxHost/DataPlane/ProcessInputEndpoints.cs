using Colloquy.SandboxHost.Processes;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>The part of the service <c>process.Process</c> that writes to processes.</summary>
internal static class ProcessInputEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/process.Process/SendInput", DataPlaneRouting.Guard(UnaryCall.Of(SendInputAsync)));
        routes.MapPost("/process.Process/CloseStdin", DataPlaneRouting.Guard(UnaryCall.Of(CloseStdinAsync)));
        routes.MapPost("/process.Process/StreamInput", DataPlaneRouting.Guard(StreamInputAsync));
    }

    private static async Task<byte[]> SendInputAsync(HttpContext http, Sandbox sandbox)
    {
        var request = await http.Request.ReadFromJsonAsync(DataPlaneJson.Default.InputRequest, http.RequestAborted);
        await WriteAsync(ProcessRequests.FindRunning(sandbox, request?.Process), request?.Input, http.RequestAborted);
        return "{}"u8.ToArray();
    }

    private static async Task<byte[]> CloseStdinAsync(HttpContext http, Sandbox sandbox)
    {
        var request = await http.Request.ReadFromJsonAsync(DataPlaneJson.Default.SelectRequest, http.RequestAborted);
        ProcessRequests.FindRunning(sandbox, request?.Process).CloseInput();
        return "{}"u8.ToArray();
    }

    private static async Task StreamInputAsync(HttpContext http, Sandbox sandbox)
    {
        if (!StreamHeaders.Accept(http)) return;
        ConnectException? failure = null;
        try
        {
            SandboxUser.Check(http);
            await ForwardAsync(http, sandbox);
            Envelope.Write(http.Response.BodyWriter, 0, "{}"u8);
        }
        catch (ConnectException refused)
        {
            failure = refused;
        }

        Envelope.Write(http.Response.BodyWriter, Envelope.EndOfStream, Envelope.Trailer(failure));
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    // Message by message: what the process does not take yet stays with the caller.
    private static async Task ForwardAsync(HttpContext http, Sandbox sandbox)
    {
        SandboxProcess? process = null;
        while (await Envelope.ReadAsync(http.Request.BodyReader, http.RequestAborted) is { } payload)
        {
            var message = ProcessRequests.Parse(payload, DataPlaneJson.Default.StreamInputRequest);
            if (message.Start is { } start)
                process = ProcessRequests.FindRunning(sandbox, start.Process);
            else if (process is null)
                throw new ConnectException(ConnectException.InvalidArgument, "the first message must be a start");
            else if (message.Data is { } data)
                await WriteAsync(process, data.Input, http.RequestAborted);
        }
    }

    private static async Task WriteAsync(SandboxProcess process, InputData? input, CancellationToken cancellationToken)
    {
        if (input?.Pty is not null) throw ProcessRequests.NoPty();
        if (input?.Stdin is not { } bytes)
            throw new ConnectException(ConnectException.InvalidArgument, "input.stdin is missing");
        try
        {
            await process.WriteInputAsync(bytes, cancellationToken);
        }
        catch (InputClosedException closed)
        {
            throw new ConnectException(ConnectException.Internal, $"error writing to stdin: {closed.Message}");
        }
    }
}
