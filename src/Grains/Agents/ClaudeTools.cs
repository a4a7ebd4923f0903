using Colloquy.Agents;

namespace Colloquy.Grains.Agents;

/// <summary>An agent's tools in the terms of the Claude Code CLI, for itself and for the SDK around it. Pure.</summary>
/// <param name="Existing">The only ones there are; null for the CLI's own set.</param>
/// <param name="Disallowed">Do not exist.</param>
/// <param name="Allowed">Run without a question, whatever the permission mode.</param>
internal sealed record ClaudeTools(
    IReadOnlyList<string>? Existing, IReadOnlyList<string> Disallowed, IReadOnlyList<string> Allowed)
{
    /// <summary>Would start a turn of its own later, and hold up the end of this one until then.</summary>
    private const string Later = "ScheduleWakeup";

    /// <summary>By the toolset's names. Disabling one disables all of its row: they do the same by other ways.</summary>
    private static readonly Dictionary<string, string[]> Names = new(StringComparer.Ordinal)
    {
        ["bash"] = ["Bash", "Monitor", "Workflow"],
        ["read"] = ["Read"],
        ["write"] = ["Write"],
        ["edit"] = ["Edit", "NotebookEdit"],
        ["glob"] = ["Glob"],
        ["grep"] = ["Grep"],
        ["web_search"] = ["WebSearch"],
        ["web_fetch"] = ["WebFetch"],
    };

    public static ClaudeTools Of(AgentDefinition agent)
    {
        var tools = agent.Tools;
        return new ClaudeTools(
            // The CLI's own tools have no name in the toolset, so they count as unnamed.
            tools.Default.Enabled ? null : Where(policy => policy.Enabled),
            [.. Names.Where(name => !tools.For(name.Key).Enabled).SelectMany(name => name.Value), Later],
            // Where everything is allowed, a list of it would say nothing.
            agent.PermissionMode == PermissionMode.Bypass ? [] : [.. Where(IsAllowed), .. AllowedServers(agent)]);

        string[] Where(Func<ToolPolicy, bool> holds) =>
            [.. Names.Where(name => holds(tools.For(name.Key))).Select(name => name.Value[0])];
    }

    /// <summary>A server's name stands for all of its tools. They have no policies of their own.</summary>
    private static IEnumerable<string> AllowedServers(AgentDefinition agent) =>
        IsAllowed(agent.Tools.Default) ? agent.McpServers.Select(server => $"mcp__{server.Name}") : [];

    private static bool IsAllowed(ToolPolicy policy) =>
        policy is { Enabled: true, Permission: ToolPolicy.AlwaysAllow };
}
