namespace Colloquy.Sessions;

/// <summary>The event names that this server stores: those of the Managed Agents API, and a few of our own.</summary>
public static class EventTypes
{
    public const string UserMessage = "user.message";
    public const string UserInterrupt = "user.interrupt";
    public const string AgentMessage = "agent.message";
    public const string AgentThinking = "agent.thinking";
    public const string AgentToolUse = "agent.tool_use";
    public const string AgentToolResult = "agent.tool_result";
    public const string ModelRequestStart = "span.model_request_start";
    public const string ModelRequestEnd = "span.model_request_end";
    public const string SandboxTime = "span.sandbox_time";
    public const string StatusRunning = "session.status_running";
    public const string StatusIdle = "session.status_idle";
    public const string StatusTerminated = "session.status_terminated";
    public const string SessionError = "session.error";

    /// <summary>The agent's own figures differ from the gateway's.</summary>
    public const string UsageMismatch = "span.usage_mismatch";

    /// <summary>Spans that the agent itself has emitted.</summary>
    public const string AgentSpans = "span.agent_spans";

    /// <summary>Live only: an event that is being written begins.</summary>
    public const string EventStart = "event_start";

    /// <summary>Live only: a piece of an event that is being written.</summary>
    public const string EventDelta = "event_delta";
}
