using System.Text.Json;
using Colloquy.Errors;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tracing;

/// <summary>The model calls and tool uses of a turn. Each is known by the id of the event that opened it.</summary>
internal sealed class StepFold
{
    private const double MostSeconds = 1e6;

    private readonly Dictionary<string, OpenSpan> _byOpening = new(StringComparer.Ordinal);
    private readonly MessageTexts _texts = new();

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
                Finish(Opened(end.ModelRequestStartId.Value, "llm", stored, Length(end)), stored, end);
                break;
            case AgentToolUse use:
                Begin(stored.Id.Value, stored, use);
                break;
            case AgentToolResult result:
                Finish(Opened(result.ToolUseId, "tool", stored), stored, result);
                break;
        }
    }

    public void Say(string? text, string? messageId) => _texts.Say(text, messageId);

    /// <summary>The spans, with what was only known at the end.</summary>
    public IReadOnlyList<OpenSpan> Complete()
    {
        _texts.Complete();
        return Spans;
    }

    private void Begin(string opening, SessionEvent stored, ModelRequestStart start)
    {
        var span = Opened(opening, "llm", stored);
        span.Name = start.Model ?? "model call";
        span.Note("call_id", start.CallId);
        span.Note("model", start.Model);
        _texts.Begin(span, start.CallId);
    }

    private void Finish(OpenSpan span, SessionEvent stored, ModelRequestEnd end)
    {
        // The event is stored a little after the call has ended.
        span.End = Length(end) is { } length ? span.Start + length : stored.CreatedAt;
        span.Name = end.Model ?? span.Name;
        span.Note("call_id", end.CallId);
        span.Note("model", end.Model);
        span.Note(SpanMetadata.RequestId, end.RequestId);
        span.Note("message_id", end.MessageId);
        span.Note("stop_reason", end.StopReason);
        span.Note("http_status", end.HttpStatus);
        span.Note("attempt", end.Attempt > 0 ? end.Attempt : null);
        span.Flag(SpanMetadata.Unpriced, end.Unpriced);
        span.Flag(SpanMetadata.Incomplete, end.Incomplete);
        span.Flag(SpanMetadata.Estimated, end.Estimated);
        span.Flag(SpanMetadata.Notional, end.Notional);
        if (end.IsError)
        {
            span.Error = end.Error is { } error ? $"{error.Type}: {error.Message}" : "The model call failed.";
            span.Note(SpanMetadata.ErrorCategory, ErrorCategory.ApiError);
        }

        Measure(span, end);
        _texts.End(span, end.MessageId);
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
            span.Measure("prompt_cache_creation_5m_tokens", tokens.CacheWrite > 0 ? tokens.CacheWrite5m : null);
            span.Measure("prompt_cache_creation_1h_tokens", tokens.CacheWrite > 0 ? tokens.CacheWrite1h : null);
        }

        span.Measure("time_to_first_token", end.TimeToFirstTokenSeconds);
        span.Measure("estimated_cost", (double?)end.Usd);
    }

    private void Begin(string opening, SessionEvent stored, AgentToolUse use)
    {
        var span = Opened(opening, "tool", stored);
        span.Name = use.Name ?? span.Name;
        span.Input = Json.Value(use.Input);
        span.Note("tool_call_id", use.ToolUseId);
        span.Parent ??= ParentOf(use, span);
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
    private OpenSpan Opened(string? opening, string type, SessionEvent stored, TimeSpan? length = null)
    {
        opening = string.IsNullOrEmpty(opening) ? stored.Id.Value : opening;
        if (!_byOpening.TryGetValue(opening, out var span))
        {
            span = OpenSpan.For(opening, type, stored.CreatedAt - (length ?? TimeSpan.Zero));
            _byOpening.Add(opening, span);
            Spans.Add(span);
        }

        return span;
    }

    /// <summary>The tool of which a sub-agent's tool is a part.</summary>
    private OpenSpan? ParentOf(AgentToolUse use, OpenSpan span) =>
        use.Other?.GetValueOrDefault("parent_tool_use_id") is { ValueKind: JsonValueKind.String } id &&
        _byOpening.GetValueOrDefault(id.GetString()!) is { } parent && !parent.IsWithin(span)
            ? parent
            : null;

    private static TimeSpan? Length(ModelRequestEnd end) =>
        end.DurationSeconds is >= 0 and < MostSeconds and var seconds ? TimeSpan.FromSeconds(seconds) : null;

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
