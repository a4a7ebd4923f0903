using System.Text.Json;
using Refit;

namespace Colloquy.Cli.Api;

/// <summary>The routes of the HTTP API that the commands use. The event stream is <see cref="EventStream"/>,
/// files travel by <see cref="FileTransfers"/>.</summary>
internal interface IColloquyApi
{
    [Post("/v1/sessions")]
    Task<SessionView> CreateSessionAsync(
        [Body] CreateSessionBody body, [Header("Idempotency-Key")] string key, CancellationToken cancellationToken);

    [Get("/v1/sessions")]
    Task<SessionList> ListSessionsAsync(
        int limit, string? page, string? statuses, CancellationToken cancellationToken);

    [Get("/v1/sessions/{id}")]
    Task<SessionView> GetSessionAsync(string id, CancellationToken cancellationToken);

    [Delete("/v1/sessions/{id}")]
    Task<JsonElement> EndSessionAsync(string id, CancellationToken cancellationToken);

    [Post("/v1/sessions/{id}/events")]
    Task<EventList> SubmitAsync(
        string id, [Body] SubmitBody body, [Header("Idempotency-Key")] string key, CancellationToken cancellationToken);

    [Get("/v1/sessions/{id}/events")]
    Task<EventList> ListEventsAsync(string id, int limit, string? page, CancellationToken cancellationToken);

    [Get("/v1/sessions/{id}/files")]
    Task<JsonElement> ListFilesAsync(string id, string? path, CancellationToken cancellationToken);

    [Get("/v1/sandboxes")]
    Task<JsonElement> ListSandboxesAsync(CancellationToken cancellationToken);

    [Get("/v1/costs")]
    Task<JsonElement> GetCostsAsync(string? by, string? from, string? to, CancellationToken cancellationToken);
}
