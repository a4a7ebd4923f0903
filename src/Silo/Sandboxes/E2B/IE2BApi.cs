using Refit;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>
/// The part of E2B's control plane that we use, as it is on the wire; <see cref="ControlPlane"/> knows what the answers
/// mean. Where the status or a header is a part of the answer, it is raw.
/// </summary>
internal interface IE2BApi
{
    [Post("/v2/sandboxes")]
    Task<E2BSandboxAccess> CreateAsync([Body(buffered: true)] E2BCreate request, CancellationToken cancellationToken);

    [Post("/v2/sandboxes/{id}/connect")]
    Task<HttpResponseMessage> ConnectAsync(
        string id, [Body(buffered: true)] E2BTimeout request, CancellationToken cancellationToken);

    [Get("/sandboxes/{id}")]
    Task<E2BSandboxInfo> GetAsync(string id, CancellationToken cancellationToken);

    /// <param name="metadata">From <see cref="E2BMetadata.Filter"/>.</param>
    [Get("/v2/sandboxes")]
    Task<HttpResponseMessage> ListAsync(string metadata, string? nextToken, CancellationToken cancellationToken);

    [Post("/sandboxes/{id}/timeout")]
    Task SetTimeoutAsync(string id, [Body(buffered: true)] E2BTimeout request, CancellationToken cancellationToken);

    [Post("/sandboxes/{id}/pause")]
    Task PauseAsync(string id, [Body(buffered: true)] E2BPause request, CancellationToken cancellationToken);

    [Delete("/sandboxes/{id}")]
    Task DeleteAsync(string id, CancellationToken cancellationToken);
}
