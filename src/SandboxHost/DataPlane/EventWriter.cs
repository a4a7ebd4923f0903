using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text.Json;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Processes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Writes the events of a process as proto3 JSON, which omits default values, each flushed at once.</summary>
internal sealed class EventWriter(PipeWriter body) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _payload = new();
    private readonly Utf8JsonWriter _json = new(Stream.Null);

    internal ValueTask<FlushResult> StartAsync(int pid, CancellationToken cancellationToken) =>
        SendAsync("start", json => json.WriteNumber("pid", pid), cancellationToken);

    internal ValueTask<FlushResult> SendAsync(ProcessOutput output, CancellationToken cancellationToken) => output switch
    {
        ProcessOutput.Data data => SendAsync(
            "data", json => json.WriteBase64String(data.IsError ? "stderr" : "stdout", data.Bytes.Span), cancellationToken),
        ProcessOutput.KeepAlive => SendAsync("keepalive", _ => { }, cancellationToken),
        ProcessOutput.End { Status: var status } => SendAsync("end", json => WriteEnd(json, status), cancellationToken),
        _ => throw new UnreachableException(),
    };

    /// <summary>Ends the stream.</summary>
    internal ValueTask<FlushResult> EndAsync(ConnectException? failure, CancellationToken cancellationToken)
    {
        Envelope.Write(body, Envelope.EndOfStream, Envelope.Trailer(failure));
        return body.FlushAsync(cancellationToken);
    }

    public void Dispose() => _json.Dispose();

    private static void WriteEnd(Utf8JsonWriter json, ExitStatus status)
    {
        var exitCode = status.Code ?? -1;
        if (exitCode != 0) json.WriteNumber("exitCode", exitCode);
        if (status.Code is not null) json.WriteBoolean("exited", true);
        json.WriteString("status", status.ToString());
        if (exitCode != 0) json.WriteString("error", status.ToString());
    }

    private ValueTask<FlushResult> SendAsync(
        string kind, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        _payload.ResetWrittenCount();
        _json.Reset(_payload);
        _json.WriteStartObject();
        _json.WriteStartObject("event");
        _json.WriteStartObject(kind);
        write(_json);
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        Envelope.Write(body, 0, _payload.WrittenSpan);
        return body.FlushAsync(cancellationToken);
    }
}
