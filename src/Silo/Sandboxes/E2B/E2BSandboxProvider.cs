using System.Net;
using Colloquy.Grains.Sandboxes;
using Microsoft.Extensions.Options;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>Sandboxes of any server that speaks E2B's API.</summary>
internal sealed partial class E2BSandboxProvider(
    IOptions<SandboxOptions> options, TimeProvider time, ILogger<E2BSandboxProvider> logger) : ISandboxProvider, IDisposable
{
    private readonly E2BClient _client = new(options, time);
    private readonly ILogger _logger = logger;

    public string Kind { get; } = options.Value.Kind;

    /// <remarks>
    /// The API has no idempotent create, so every attempt first looks for what an earlier one may have created. The
    /// list may lag behind: then a second sandbox is created, and the unused one ends with its timeout.
    /// </remarks>
    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            var access = await _client.RetryAsync(
                async token => await AdoptAsync(spec, token) ?? await CreateOnceAsync(spec, token), cancellationToken);
            var info = await GetAsync(access.SandboxId, cancellationToken);
            return Open(access, info);
        }
        catch (E2BHttpException exception)
        {
            throw exception.ToSandboxException(
                $"Creating a sandbox from template '{spec.Template}'", notFound: SandboxFailure.Refused);
        }
    }

    public async Task<ISandbox?> ConnectAsync(string sandboxId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var info = GetAsync(sandboxId, cancellationToken);
        try
        {
            var access = ConnectOnceAsync(sandboxId, timeout, cancellationToken);
            await Task.WhenAll(access, info);
            return Open(await access, await info);
        }
        catch (E2BHttpException exception)
        {
            // A sandbox that is being killed answers 409 to the one call and 404 to the other.
            return IsNotFound(exception) || IsNotFound(info.Exception?.InnerException)
                ? null
                : throw exception.ToSandboxException($"Opening sandbox {sandboxId}", SandboxFailure.Gone);
        }
    }

    public async Task KillAsync(string sandboxId, CancellationToken cancellationToken)
    {
        try
        {
            await _client.RetryAsync(
                async token =>
                {
                    await _client.Api.DeleteAsync(sandboxId, token);
                    return true;
                },
                cancellationToken);
        }
        catch (E2BHttpException exception) when (!IsNotFound(exception))
        {
            throw exception.ToSandboxException($"Killing sandbox {sandboxId}", SandboxFailure.Gone);
        }
        catch (E2BHttpException)
        {
            // It is gone already, perhaps by an attempt whose answer was lost.
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<E2BSandboxAccess?> AdoptAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var listed = await _client.Api.ListAsync(E2BMetadata.Filter(E2BMetadata.Lease, spec.Lease), cancellationToken);
        var ours = listed
            .Where(sandbox => sandbox.Metadata?.GetValueOrDefault(E2BMetadata.Lease) == spec.Lease)
            .OrderBy(sandbox => sandbox.StartedAt)
            .ThenBy(sandbox => sandbox.SandboxId, StringComparer.Ordinal)
            .ToList();
        if (ours.Count == 0)
        {
            return null;
        }

        var adopted = ours[0].SandboxId;
        LogAdopted(spec.Lease, adopted);
        if (ours.Count > 1)
        {
            LogSeveral(spec.Lease, ours.Count, adopted);
        }

        try
        {
            return await _client.Api.ConnectAsync(adopted, new E2BConnect(Seconds(spec.Timeout)), cancellationToken);
        }
        catch (E2BHttpException exception) when (IsNotFound(exception))
        {
            return null;
        }
    }

    private Task<E2BSandboxAccess> CreateOnceAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string>
        {
            [E2BMetadata.Lease] = spec.Lease,
            [E2BMetadata.Session] = spec.SessionId,
        };
        return _client.Api.CreateAsync(
            new E2BCreate(spec.Template, Seconds(spec.Timeout), metadata), cancellationToken);
    }

    private Task<E2BSandboxAccess> ConnectOnceAsync(string id, TimeSpan timeout, CancellationToken cancellationToken) =>
        _client.RetryAsync(
            token => _client.Api.ConnectAsync(id, new E2BConnect(Seconds(timeout)), token), cancellationToken);

    private Task<E2BSandboxInfo> GetAsync(string sandboxId, CancellationToken cancellationToken) =>
        _client.RetryAsync(token => _client.Api.GetAsync(sandboxId, token), cancellationToken);

    private E2BSandbox Open(E2BSandboxAccess access, E2BSandboxInfo info) =>
        new(_client, access, new SandboxResources(info.CpuCount, info.MemoryMiB));

    private static bool IsNotFound(Exception? exception) =>
        exception is E2BHttpException { Status: HttpStatusCode.NotFound };

    /// <summary>The API counts whole seconds; rounding down would end a sandbox early.</summary>
    internal static int Seconds(TimeSpan timeout) => (int)Math.Clamp(Math.Ceiling(timeout.TotalSeconds), 1, int.MaxValue);
}
