namespace Colloquy.Models;

/// <summary>A span that an agent itself has emitted (OpenTelemetry), as far as it is kept.</summary>
/// <param name="SpanId">16 hex digits.</param>
/// <param name="ParentSpanId">16 hex digits; null for none.</param>
/// <param name="Attributes">Flattened to text.</param>
/// <param name="Error">The status message of a failed span; null if it did not fail.</param>
[GenerateSerializer, Immutable, Alias("models.agent-span")]
public sealed record AgentSpan(
    [property: Id(0)] string SpanId,
    [property: Id(1)] string? ParentSpanId,
    [property: Id(2)] string Name,
    [property: Id(3)] DateTimeOffset StartedAt,
    [property: Id(4)] DateTimeOffset EndedAt,
    [property: Id(5)] IReadOnlyDictionary<string, string> Attributes,
    [property: Id(6)] string? Error);
