using System.Runtime.CompilerServices;
using Colloquy.Grains.Sandboxes;
using Microsoft.Extensions.Options;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>Sandboxes of any server that speaks E2B's API.</summary>
internal sealed partial class E2BSandboxProvider(
    IOptions<SandboxOptions> options, TimeProvider time, ILogger<E2BSandboxProvider> logger) : ISandboxProvider, IDisposable
{
    private readonly E2BClient _client = new(options, time);
    private readonly ILogger _logger = logger;
    private readonly string _owner = options.Value.Owner;
    private readonly string? _publicGateway = options.Value.GatewayUrl?.Host;

    public string Kind { get; } = options.Value.Kind;

    public TimeSpan MaxRun { get; } = options.Value.MaxRun;

    public async Task<ISandbox?> ConnectAsync(string sandboxId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            var connected = await _client.RetryAsync(
                token => _client.Control.ConnectAsync(sandboxId, _client.Seconds(timeout), token), cancellationToken);
            return connected is null ? null : await OpenAsync(connected, timeout, cancellationToken);
        }
        catch (E2BHttpException exception)
        {
            throw exception.ToSandboxException($"Opening sandbox {sandboxId}", SandboxFailure.Gone);
        }
    }

    public async Task<SandboxStatus?> GetAsync(string sandboxId, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(sandboxId, cancellationToken) is { } info ? StatusOf(info) : null;
        }
        catch (E2BHttpException exception)
        {
            throw exception.ToSandboxException($"Looking at sandbox {sandboxId}", SandboxFailure.Gone);
        }
    }

    public async Task<bool> PauseAsync(string sandboxId, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.RetryAsync(
                token => _client.Control.PauseAsync(sandboxId, token), cancellationToken);
        }
        catch (E2BHttpException exception)
        {
            throw exception.ToSandboxException($"Pausing sandbox {sandboxId}", SandboxFailure.Gone);
        }
    }

    public async IAsyncEnumerable<SandboxStatus> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            var page = await ListPageAsync(next, cancellationToken);
            foreach (var info in page.Sandboxes)
            {
                // What is listed here may be killed: a server that ignores the filter must not cost another its sandboxes.
                if (info.Metadata?.GetValueOrDefault(E2BMetadata.Owner) == _owner)
                {
                    yield return StatusOf(info);
                }
            }

            next = page.Next;
        }
        while (next is not null);
    }

    public async Task KillAsync(string sandboxId, CancellationToken cancellationToken)
    {
        try
        {
            // It may be gone already, perhaps by an attempt whose answer was lost.
            await _client.RetryAsync(token => _client.Control.DeleteAsync(sandboxId, token), cancellationToken);
        }
        catch (E2BHttpException exception)
        {
            throw exception.ToSandboxException($"Killing sandbox {sandboxId}", SandboxFailure.Gone);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<ListPage> ListPageAsync(string? next, CancellationToken cancellationToken)
    {
        try
        {
            var filter = E2BMetadata.Filter(E2BMetadata.Owner, _owner);
            var page = await _client.RetryAsync(token => _client.Control.ListAsync(filter, next, token), cancellationToken);
            return page.Next is null || page.Next != next
                ? page
                : throw new SandboxException(SandboxFailure.Unavailable, "Listing sandboxes failed: the list does not end.");
        }
        catch (E2BHttpException exception)
        {
            throw exception.ToSandboxException("Listing sandboxes", SandboxFailure.Refused);
        }
    }

    /// <returns>Null if it ended in between.</returns>
    private async Task<ISandbox?> OpenAsync(Connected connected, TimeSpan asked, CancellationToken cancellationToken) =>
        await FindAsync(connected.Access.SandboxId, cancellationToken) is { } info
            ? new E2BSandbox(_client, connected, asked, info, _logger)
            : null;

    private Task<E2BSandboxInfo?> FindAsync(string sandboxId, CancellationToken cancellationToken) =>
        _client.RetryAsync(token => _client.Control.GetAsync(sandboxId, token), cancellationToken);

    private static SandboxStatus StatusOf(E2BSandboxInfo info) => new(
        info.SandboxId,
        info.Metadata?.GetValueOrDefault(E2BMetadata.Session),
        info.Metadata?.GetValueOrDefault(E2BMetadata.Lease),
        info.IsPaused ? SandboxState.Paused : SandboxState.Running,
        info.StartedAt,
        info.EndAt,
        new SandboxResources(info.CpuCount, info.MemoryMiB));
}
