using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Processes;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>The service <c>process.Process</c>.</summary>
internal sealed class ProcessEndpoints(ProcessStream streams, TimeProvider time)
{
    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/process.Process/Start", DataPlaneRouting.Guard(
            (http, sandbox) => streams.RunAsync(http, sandbox, () => StartAsync(http, sandbox))));
        routes.MapPost("/process.Process/Connect", DataPlaneRouting.Guard(
            (http, sandbox) => streams.RunAsync(http, sandbox, () => ConnectAsync(http, sandbox))));
        routes.MapPost("/process.Process/List", DataPlaneRouting.Guard(UnaryCall.Of(List)));
        routes.MapPost("/process.Process/SendSignal", DataPlaneRouting.Guard(UnaryCall.Of(SendSignalAsync)));
        routes.MapPost("/process.Process/Update", DataPlaneRouting.Guard(UnaryCall.Of((_, _) => throw ProcessRequests.NoPty())));
    }

    private async Task<(SandboxProcess, Subscription)> StartAsync(HttpContext http, Sandbox sandbox)
    {
        var request = await ReadEnvelopeAsync(http, DataPlaneJson.Default.StartRequest);
        // The time of a Start is the time of its process, whether the caller is still there or not.
        var spec = ProcessRequests.ToSpec(request, time.GetUtcNow() + StreamHeaders.Timeout(http.Request));
        if (await sandbox.Processes.StartAsync(spec) is not { } started)
            throw new ConnectException(ConnectException.InvalidArgument, $"cwd '{spec.Folder}' does not exist");
        return started;
    }

    private static async Task<(SandboxProcess, Subscription)> ConnectAsync(HttpContext http, Sandbox sandbox)
    {
        var request = await ReadEnvelopeAsync(http, DataPlaneJson.Default.SelectRequest);
        var process = ProcessRequests.Find(sandbox, request.Process);
        return (process, process.Subscribe());
    }

    private static Task<byte[]> List(HttpContext http, Sandbox sandbox)
    {
        ProcessInfo[] processes = [.. sandbox.Processes.Running.Select(ProcessRequests.ToInfo)];
        return Task.FromResult(JsonSerializer.SerializeToUtf8Bytes(
            new ListResponse(processes.Length > 0 ? processes : null), DataPlaneJson.Default.ListResponse));
    }

    private static async Task<byte[]> SendSignalAsync(HttpContext http, Sandbox sandbox)
    {
        var request = await http.Request.ReadFromJsonAsync(DataPlaneJson.Default.SignalRequest, http.RequestAborted);
        var signal = request?.Signal switch
        {
            "SIGNAL_SIGTERM" => LibC.SIGTERM,
            "SIGNAL_SIGKILL" => LibC.SIGKILL,
            var other => throw new ConnectException(ConnectException.Unimplemented, $"invalid signal: {other}"),
        };
        ProcessRequests.FindRunning(sandbox, request.Process).Signal(signal);
        return "{}"u8.ToArray();
    }

    private static async Task<T> ReadEnvelopeAsync<T>(HttpContext http, JsonTypeInfo<T> type) =>
        ProcessRequests.Parse(await Envelope.ReadSingleAsync(http.Request.BodyReader, http.RequestAborted), type);
}
