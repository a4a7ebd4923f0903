using System.Text.Json;

namespace Colloquy.Grains.Tracing;

/// <summary>
/// One span of a turn, ready for any sink. Ids are derived from event ids, so building again gives the same.
/// </summary>
/// <param name="SpanId">16 hex digits.</param>
/// <param name="TraceId">32 hex digits; the turn's.</param>
/// <param name="ParentSpanId">Null for the root of the turn.</param>
/// <param name="Type">
/// <c>task</c>, <c>llm</c>, <c>tool</c>, or <c>function</c> for what the agent itself emitted.
/// </param>
/// <param name="Metrics">Finite numbers only: seconds since the epoch, seconds, tokens, USD.</param>
/// <param name="Error">Null if the step succeeded.</param>
public sealed record TraceSpan(
    string SpanId,
    string TraceId,
    string? ParentSpanId,
    string Name,
    string Type,
    DateTimeOffset Start,
    DateTimeOffset End,
    JsonElement? Input,
    JsonElement? Output,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyDictionary<string, string> Metadata,
    string? Error);
