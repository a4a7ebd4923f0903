using System.Runtime.CompilerServices;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

internal sealed partial class E2BSandbox : ISandbox
{
    /// <summary>Clocks differ, and answers take their time.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(15);

    private readonly E2BClient _client;
    private readonly ILogger _logger;
    private readonly SandboxConnection _connection;
    private bool _shortfallIsKnown;

    /// <param name="asked">How long it was asked to live.</param>
    /// <param name="info">From after it was asked.</param>
    public E2BSandbox(E2BClient client, Connected connected, TimeSpan asked, E2BSandboxInfo info, ILogger logger)
    {
        (_client, _logger) = (client, logger);
        _connection = new SandboxConnection(client, connected.Access);
        Resources = new SandboxResources(info.CpuCount, info.MemoryMiB);
        WasResumed = connected.WasResumed;
        Note(asked, info);
    }

    public string Id => _connection.SandboxId;

    public SandboxResources Resources { get; }

    public bool WasResumed { get; private set; }

    public DateTimeOffset EndAt { get; private set; }

    /// <remarks>By connecting: unlike the call that sets the timeout, that never shortens it.</remarks>
    public async Task ExtendAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            var connected = await _client.RetryAsync(
                token => _client.Control.ConnectAsync(Id, _client.Seconds(timeout), token), cancellationToken) ?? throw Gone();
            WasResumed = connected.WasResumed;
            Note(timeout, await _client.RetryAsync(token => _client.Control.GetAsync(Id, token), cancellationToken) ?? throw Gone());
        }
        catch (E2BHttpException exception)
        {
            throw exception.ToSandboxException($"Extending sandbox {Id}", SandboxFailure.Gone);
        }
    }

    public async Task SetTimeoutAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            Note(timeout, await _client.RetryAsync(
                token => _client.Control.SetTimeoutAsync(Id, _client.Seconds(timeout), token), cancellationToken) ?? throw Gone());
        }
        catch (E2BHttpException exception)
        {
            throw exception.ToSandboxException($"Setting the timeout of sandbox {Id}", SandboxFailure.Gone);
        }
    }

    public Task WriteAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken) =>
        files.Count == 0 ? Task.CompletedTask : FileUpload.WriteAsync(_connection, files, cancellationToken);

    public Task WriteAsync(string path, Stream content, CancellationToken cancellationToken) =>
        FileUpload.WriteAsync(_connection, path, content, cancellationToken);

    public async Task<Stream?> ReadAsync(string path, CancellationToken cancellationToken) =>
        await FileDownload.OpenAsync(_connection, path, cancellationToken);

    public Task<IReadOnlyList<SandboxEntry>?> ListAsync(string path, CancellationToken cancellationToken) =>
        FolderListing.ReadAsync(_connection, path, cancellationToken);

    public async IAsyncEnumerable<ProcessEvent> StartAsync(
        ProcessSpec process, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stream = await ProcessStream.StartAsync(_connection, process, cancellationToken);
        while (await stream.NextAsync(cancellationToken) is { } happened)
        {
            yield return happened;
        }
    }

    /// <summary>A time beyond the longest run is cut off without a word: what is in force is only seen by looking.</summary>
    private void Note(TimeSpan asked, E2BSandboxInfo info)
    {
        EndAt = info.EndAt;
        var granted = info.EndAt - _client.Time.GetUtcNow();
        if (!info.IsPaused && granted + Tolerance < asked && !_shortfallIsKnown)
        {
            _shortfallIsKnown = true;
            LogShortfall(Id, asked, granted, info.EndAt);
        }
    }

    private SandboxException Gone() => new(SandboxFailure.Gone, $"Sandbox {Id} was killed or has expired.");

    [LoggerMessage(LogLevel.Warning,
        "Sandbox {SandboxId} was asked to live {Asked}, and its provider grants {Granted}: until {EndAt}. Its longest " +
        "run is limited; say by how much in Sandbox:MaxRun.")]
    private partial void LogShortfall(string sandboxId, TimeSpan asked, TimeSpan granted, DateTimeOffset endAt);
}
