using Colloquy.Errors;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tracing;

/// <summary>The model calls and tool uses of a turn. Each is known by the id of the event that opened it.</summary>
internal sealed class StepFold
{
    private readonly Dictionary<string, OpenSpan> _byOpening = new(StringComparer.Ordinal);
    private OpenSpan? _speaking;
    private string? _spoken;

    /// <summary>In the order they began.</summary>
    public List<OpenSpan> Spans { get; } = [];

    public void Add(SessionEvent stored, EventBody? body)
    {
        switch (body)
        {
            case ModelRequestStart start:
                Begin(stored.Id.Value, stored, start);
                break;
            case ModelRequestEnd end:
                Finish(Opened(end.ModelRequestStartId.Value, "llm", stored), stored, end);
                break;
            case AgentToolUse use:
                Begin(stored.Id.Value, stored, use);
                break;
            case AgentToolResult result:
                Finish(Opened(result.ToolUseId, "tool", stored), stored, result);
                break;
        }
    }

    /// <summary>Text that the model produced while a call was open is that call's output.</summary>
    public void Say(string? text)
    {
        if (_speaking is not null && text is not null)
        {
            _spoken = _spoken is null ? text : $"{_spoken}\n{text}";
            _speaking.Output = Json.Text(_spoken);
        }
    }

    private void Begin(string opening, SessionEvent stored, ModelRequestStart start)
    {
        var span = Opened(opening, "llm", stored);
        span.Name = start.Model ?? "model call";
        span.Note("call_id", start.CallId);
        span.Note("model", start.Model);
        _speaking = span;
        _spoken = null;
    }

    private void Finish(OpenSpan span, SessionEvent stored, ModelRequestEnd end)
    {
        span.End = stored.CreatedAt;
        span.Name = end.Model ?? span.Name;
        span.Error = end.IsError ? "The model call failed." : null;
        span.Note("call_id", end.CallId);
        span.Note("model", end.Model);
        span.Flag(SpanMetadata.Unpriced, end.Unpriced);
        span.Flag(SpanMetadata.Incomplete, end.Incomplete);
        if (end.IsError)
        {
            span.Note(SpanMetadata.ErrorCategory, ErrorCategory.ApiError);
        }

        Measure(span, end);
        _speaking = ReferenceEquals(_speaking, span) ? null : _speaking;
    }

    private static void Measure(OpenSpan span, ModelRequestEnd end)
    {
        if (end.ModelUsage?.ToTokenUsage() is { } tokens)
        {
            span.Measure("prompt_tokens", tokens.Prompt);
            span.Measure("completion_tokens", tokens.Output);
            span.Measure("tokens", tokens.Total);
            span.Measure("prompt_cached_tokens", tokens.CacheRead);
            span.Measure("prompt_cache_creation_tokens", tokens.CacheWrite);
        }

        span.Measure("estimated_cost", (double?)end.Usd);
    }

    private void Begin(string opening, SessionEvent stored, AgentToolUse use)
    {
        var span = Opened(opening, "tool", stored);
        span.Name = use.Name ?? span.Name;
        span.Input = Json.Value(use.Input);
        span.Note("tool_call_id", use.ToolUseId);
    }

    private static void Finish(OpenSpan span, SessionEvent stored, AgentToolResult result)
    {
        span.End = stored.CreatedAt;
        span.Output = Json.Output(result);
        span.Note("exit_code", result.ExitCode);
        if (result.IsError)
        {
            span.Error = FirstOf(result.Stderr, Json.Joined(result.Content), "The tool failed without saying why.");
            span.Note(SpanMetadata.ErrorCategory, ErrorCategory.ToolError);
        }
    }

    // An end whose beginning is not there still is a step: it gets the id that its beginning would have given it.
    private OpenSpan Opened(string? opening, string type, SessionEvent stored)
    {
        opening = string.IsNullOrEmpty(opening) ? stored.Id.Value : opening;
        if (!_byOpening.TryGetValue(opening, out var span))
        {
            span = OpenSpan.For(opening, type, stored.CreatedAt);
            _byOpening.Add(opening, span);
            Spans.Add(span);
        }

        return span;
    }

    private static string FirstOf(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (!string.IsNullOrWhiteSpace(text))
            {
                return text;
            }
        }

        return "";
    }
}
