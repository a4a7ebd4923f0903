using Refit;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>
/// The part of E2B's control plane that we use. A sandbox's life is extended by connecting: unlike the timeout call,
/// that never shortens it and never clamps without saying so.
/// </summary>
internal interface IE2BApi
{
    [Post("/v2/sandboxes")]
    Task<E2BSandboxAccess> CreateAsync([Body(buffered: true)] E2BCreate request, CancellationToken cancellationToken);

    [Post("/v2/sandboxes/{id}/connect")]
    Task<E2BSandboxAccess> ConnectAsync(
        string id, [Body(buffered: true)] E2BConnect request, CancellationToken cancellationToken);

    [Get("/sandboxes/{id}")]
    Task<E2BSandboxInfo> GetAsync(string id, CancellationToken cancellationToken);

    /// <param name="metadata">From <see cref="E2BMetadata.Filter"/>.</param>
    [Get("/v2/sandboxes")]
    Task<List<E2BSandboxInfo>> ListAsync(string metadata, CancellationToken cancellationToken);

    [Delete("/sandboxes/{id}")]
    Task DeleteAsync(string id, CancellationToken cancellationToken);
}
