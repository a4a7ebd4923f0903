using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tracing;

/// <summary>
/// The spans that an agent emitted, under the turn that was their parent. Without numbers of their own: sinks add up
/// the metrics of all spans, and the model calls count the tokens already.
/// </summary>
internal sealed class AgentSpanFold
{
    private readonly OrderedDictionary<string, AgentSpan> _spans = new(StringComparer.Ordinal);

    /// <summary>An agent that sends a span twice means one.</summary>
    public void Add(AgentSpans spans)
    {
        foreach (var span in spans.Spans?.Where(span => span?.SpanId is not null) ?? [])
        {
            _spans.TryAdd(span.SpanId, span);
        }
    }

    public IEnumerable<TraceSpan> ToSpans(TraceReference trace, IReadOnlyList<OpenSpan> steps)
    {
        var taken = steps.Select(step => step.SpanId).Append(trace.SpanId).ToHashSet(StringComparer.Ordinal);
        foreach (var span in _spans.Values.Where(span => !taken.Contains(span.SpanId)))
        {
            // A parent that never came, or was dropped, must not cut the span off from its turn.
            var parent = span.ParentSpanId is { } id && id != span.SpanId &&
                (_spans.ContainsKey(id) || taken.Contains(id))
                ? id
                : trace.SpanId;
            var open = new OpenSpan(span.SpanId, "function", span.StartedAt)
            {
                Name = span.Name,
                End = span.EndedAt,
                Error = span.Error,
            };
            foreach (var (name, value) in span.Attributes ?? new Dictionary<string, string>())
            {
                open.Note(name, value);
            }

            yield return open.Close(trace.TraceId, parent, span.EndedAt);
        }
    }
}
