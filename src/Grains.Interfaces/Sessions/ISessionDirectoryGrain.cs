namespace Colloquy.Sessions;

/// <summary>Lists sessions from the store. A stateless worker: key 0.</summary>
[Alias("sessions.directory")]
public interface ISessionDirectoryGrain : IGrainWithIntegerKey
{
    [Alias("list")]
    Task<SessionPage> ListAsync(SessionQuery query);
}

/// <param name="Cursor">Opaque, from a previous <see cref="SessionPage.Next"/>; newest sessions come first.</param>
/// <param name="Statuses">Only these statuses; null for all.</param>
[GenerateSerializer, Immutable, Alias("sessions.query")]
public sealed record SessionQuery(
    [property: Id(0)] string? Cursor = null,
    [property: Id(1)] int Limit = 20,
    [property: Id(2)] IReadOnlyList<string>? Statuses = null,
    [property: Id(3)] string? AgentId = null);

[GenerateSerializer, Immutable, Alias("sessions.page")]
public sealed record SessionPage(
    [property: Id(0)] IReadOnlyList<SessionSnapshot> Sessions,
    [property: Id(1)] string? Next);
