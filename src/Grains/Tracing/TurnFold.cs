using System.Text.Json;
using Colloquy.Costs;
using Colloquy.Errors;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tracing;

/// <summary>What has been understood of a turn after each of its events.</summary>
internal sealed class TurnFold(TracedTurn turn)
{
    private readonly StepFold _steps = new();
    private readonly AgentSpanFold _agentSpans = new();
    private (StatusRunning Body, DateTimeOffset At)? _started;
    private (StatusIdle Body, DateTimeOffset At)? _ended;
    private DateTimeOffset _lastAt;
    private TurnError? _error;
    private string? _prompt;
    private string? _answer;
    private int _unreadable;

    public void Add(SessionEvent stored)
    {
        _lastAt = stored.CreatedAt > _lastAt ? stored.CreatedAt : _lastAt;
        try
        {
            Add(stored, EventJson.Read(stored));
        }
        catch (JsonException)
        {
            // One damaged event must not cost the trace of the whole turn; the root says that there was one.
            _unreadable++;
        }
    }

    public IReadOnlyList<TraceSpan> ToSpans()
    {
        if (_started is not { Body.Trace: { } trace } started)
        {
            return [];
        }

        var turnEnd = _ended?.At ?? _lastAt;
        var root = new OpenSpan(trace.SpanId, "task", started.At)
        {
            Name = started.Body.Number > 0 ? $"Turn {started.Body.Number}" : "Turn",
            End = _ended?.At,
            Input = Json.Text(_prompt),
            Output = Json.Text(_answer),
        };
        Describe(root);
        return
        [
            root.Close(trace.TraceId, trace.ParentSpanId, turnEnd),
            .. _steps.Complete().Select(
                step => step.Close(trace.TraceId, step.Parent?.SpanId ?? trace.SpanId, turnEnd)),
            .. _agentSpans.ToSpans(trace, _steps.Spans),
        ];
    }

    private void Add(SessionEvent stored, EventBody? body)
    {
        switch (body)
        {
            case UserMessage message:
                _prompt ??= Json.Joined(message.Content);
                break;
            case StatusRunning running:
                _started ??= (running, stored.CreatedAt);
                break;
            case StatusIdle idle:
                _ended ??= (idle, stored.CreatedAt);
                break;
            case SessionErrorEvent failure:
                _error ??= failure.Error;
                break;
            case AgentMessage message:
                _answer = Json.Joined(message.Content);
                _steps.Say(_answer, message.MessageId);
                break;
            case AgentSpans spans:
                _agentSpans.Add(spans);
                break;
            default:
                _steps.Add(stored, body);
                break;
        }
    }

    private void Describe(OpenSpan root)
    {
        root.Note(SpanMetadata.SessionId, turn.Session.Value);
        root.Note(SpanMetadata.TurnId, turn.Turn.Value);
        root.Note(SpanMetadata.AgentId, turn.AgentId);
        root.Note("unreadable_events", _unreadable > 0 ? _unreadable : null);
        if (_ended is { Body: var idle })
        {
            root.Note("outcome", idle.Outcome);
            DescribeCost(root, idle.Cost);
            root.Note("sandbox_id", idle.Sandbox?.SandboxId);
            root.Note("dropped_agent_spans", idle.DroppedAgentSpans > 0 ? idle.DroppedAgentSpans : null);
        }

        if (_error is not null)
        {
            root.Error = $"{_error.Category}: {_error.Message}";
            root.Note(SpanMetadata.ErrorCategory, _error.Category);
            root.Note("error_code", _error.Code);
            root.Note("exit_code", _error.ExitCode);
            root.Note("sandbox_id", _error.SandboxId);
            root.Note(SpanMetadata.RequestId, _error.RequestId);
        }
    }

    // Not as metrics: sinks add up the metrics of all spans, and the calls below have counted this money already.
    private static void DescribeCost(OpenSpan root, CostTotals? cost)
    {
        root.Note("cost_usd", cost?.TotalUsd);
        root.Note("sandbox_usd", cost?.SandboxUsd);
        root.Note("unpriced_calls", cost is { UnpricedCalls: > 0 } ? cost.UnpricedCalls : null);
    }
}
