using System.Net.Http.Headers;
using System.Text.Json;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>What a process in a sandbox does, from <c>process.Process/Start</c>.</summary>
internal sealed class ProcessStream : IDisposable
{
    private const string ContentType = "application/connect+json";
    private const int KeepaliveSeconds = 50;

    /// <summary>A silence this long means that nobody is there any more.</summary>
    internal static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(3 * KeepaliveSeconds);

    private readonly SandboxConnection _connection;
    private readonly CancellationTokenSource _silence;
    private HttpResponseMessage? _response;
    private EnvelopeReader? _envelopes;
    private bool _ended;

    private ProcessStream(SandboxConnection connection)
    {
        _connection = connection;
        _silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, connection.Client.Time);
    }

    /// <remarks>Not repeated on failure: the process may be running.</remarks>
    /// <exception cref="SandboxException"/>
    public static async Task<ProcessStream> StartAsync(
        SandboxConnection connection, ProcessSpec process, CancellationToken cancellationToken)
    {
        var stream = new ProcessStream(connection);
        try
        {
            await stream.OpenAsync(process, cancellationToken);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <returns>Null once the process has ended.</returns>
    /// <exception cref="SandboxException"/>
    public async Task<ProcessEvent?> NextAsync(CancellationToken cancellationToken)
    {
        while (!_ended)
        {
            if (await NextMessageAsync(cancellationToken) is { } happened)
            {
                _ended = happened is ProcessEnded;
                return happened;
            }
        }

        return null;
    }

    public void Dispose()
    {
        _response?.Dispose();
        _silence.Dispose();
    }

    private async Task OpenAsync(ProcessSpec process, CancellationToken cancellationToken)
    {
        using var request = NewRequest(process);
        _silence.CancelAfter(_connection.Client.RequestTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _silence.Token);
        try
        {
            _response = await _connection.Client.Sandboxes.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (!_response.IsSuccessStatusCode)
            {
                throw await E2BHttpException.FromAsync(_response, _connection.Client.Time);
            }

            if (_response.Content.Headers.ContentType?.MediaType != ContentType)
            {
                throw new InvalidDataException($"The answer is {_response.Content.Headers.ContentType}.");
            }

            _envelopes = new EnvelopeReader(await _response.Content.ReadAsStreamAsync(either.Token));
        }
        catch (E2BHttpException exception)
        {
            throw await _connection.ExplainAsync("Starting a process", exception, cancellationToken);
        }
        catch (Exception exception) when (IsBreak(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw await BrokenAsync("Starting a process failed", exception, cancellationToken);
        }
        finally
        {
            _silence.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    private HttpRequestMessage NewRequest(ProcessSpec process)
    {
        // No Connect-Timeout-Ms: it would kill the process when it elapses.
        var message = JsonSerializer.SerializeToUtf8Bytes(
            new StartRequest(
                new ProcessConfig(process.Program, process.Arguments, process.Environment, process.WorkingDirectory),
                Stdin: false),
            E2BJson.Default.StartRequest);
        var content = new ByteArrayContent(EnvelopeReader.Write(message));
        content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        var request = _connection.Request(HttpMethod.Post, "/process.Process/Start", content);
        request.Headers.Add("Connect-Protocol-Version", "1");
        request.Headers.Add("Keepalive-Ping-Interval", $"{KeepaliveSeconds}");
        return request;
    }

    private async Task<ProcessEvent?> NextMessageAsync(CancellationToken cancellationToken)
    {
        _silence.CancelAfter(LongestSilence);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _silence.Token);
        try
        {
            var envelope = await _envelopes!.ReadAsync(either.Token)
                ?? throw new EndOfStreamException("The stream ended before the process did.");
            if (envelope.Flags.HasFlag(EnvelopeFlags.EndOfStream))
            {
                throw await UnfinishedAsync(envelope.Payload, cancellationToken);
            }

            var message = JsonSerializer.Deserialize(envelope.Payload.Span, E2BJson.Default.StreamMessage);
            return Translate(message?.Event);
        }
        catch (Exception exception) when (IsBreak(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw await BrokenAsync("The stream of a process broke", exception, cancellationToken);
        }
        finally
        {
            // What the consumer does in between is not the server's silence.
            _silence.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    private static ProcessEvent? Translate(StreamEvent? happened) => happened switch
    {
        { End: { } end } => new ProcessEnded(end.ExitCode, end.Status ?? ""),
        { Data.Stdout: { } bytes } => new ProcessOutput(bytes, IsError: false),
        { Data.Stderr: { } bytes } => new ProcessOutput(bytes, IsError: true),
        { Start: { } start } => new ProcessStarted(start.Pid),
        _ => null,
    };

    /// <summary>Only an end event says how a process ended; a trailer without one is a failure, even an empty one.</summary>
    private async Task<SandboxException> UnfinishedAsync(ReadOnlyMemory<byte> trailer, CancellationToken cancellationToken)
    {
        var error = JsonSerializer.Deserialize(trailer.Span, E2BJson.Default.StreamTrailer)?.Error;
        return ConnectErrors.FailureOf(error) is { } failure
            ? new SandboxException(failure, $"Sandbox {_connection.SandboxId} refused a process: {error?.Message}")
            : await _connection.DiagnoseAsync(
                $"The stream of a process ended before it did ({error?.Message ?? "no reason given"})",
                cause: null,
                cancellationToken);
    }

    private Task<SandboxException> BrokenAsync(string what, Exception exception, CancellationToken cancellationToken)
    {
        var why = exception is OperationCanceledException ? "nothing was heard for too long" : exception.Message;
        return _connection.DiagnoseAsync($"{what}: {why}", exception, cancellationToken);
    }

    private static bool IsBreak(Exception exception) =>
        exception is IOException or InvalidDataException or HttpRequestException or JsonException or OperationCanceledException;
}
