using System.Text.Json;
using System.Text.Json.Serialization;

namespace Colloquy.Sessions;

/// <param name="TimeoutSeconds">Overrides the session's turn timeout.</param>
public sealed record UserMessage(IReadOnlyList<ContentBlock> Content, double? TimeoutSeconds = null) : EventBody(EventTypes.UserMessage)
{
    [JsonIgnore]
    public string Text => string.Join('\n', Content.Select(block => block.Text));
}

public sealed record UserInterrupt() : EventBody(EventTypes.UserInterrupt);

public sealed record AgentMessage(IReadOnlyList<ContentBlock> Content, string? Model = null) : EventBody(EventTypes.AgentMessage)
{
    /// <summary>The provider's id of the message, by which its model call is found; null if it has none.</summary>
    public string? MessageId { get; init; }

    [JsonIgnore]
    public string Text => string.Join('\n', Content.Select(block => block.Text));
}

public sealed record AgentThinking() : EventBody(EventTypes.AgentThinking);

/// <param name="ToolUseId">The agent's own id of the call, by which its result names it.</param>
/// <param name="Input">A JSON object.</param>
public sealed record AgentToolUse(string Name, JsonElement Input, string ToolUseId) : EventBody(EventTypes.AgentToolUse);

/// <param name="ToolUseId">The id of the <c>agent.tool_use</c> event (not the agent's own id of the call).</param>
public sealed record AgentToolResult(
    string ToolUseId,
    IReadOnlyList<ContentBlock> Content,
    bool IsError,
    string? Stdout = null,
    string? Stderr = null,
    int? ExitCode = null) : EventBody(EventTypes.AgentToolResult);
