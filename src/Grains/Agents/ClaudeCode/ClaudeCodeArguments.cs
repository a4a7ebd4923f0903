using System.Globalization;
using Colloquy.Agents;

namespace Colloquy.Grains.Agents.ClaudeCode;

/// <summary>The CLI's flags. What a user gives stands behind <c>=</c>, so that it can never be a flag of its own.</summary>
internal static class ClaudeCodeArguments
{
    /// <summary>In the turn's folder: <c>claude.sh</c> passes them on where they are.</summary>
    public const string SystemFile = "system.txt", McpFile = "mcp.json";

    /// <summary>Would start a turn of its own later, and hold up the end of this one until then.</summary>
    private const string Later = "ScheduleWakeup";

    /// <summary>By the toolset's names. Disabling one disables all of its row: they do the same by other ways.</summary>
    private static readonly Dictionary<string, string[]> Tools = new(StringComparer.Ordinal)
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

    public static IEnumerable<string> Of(AgentDefinition agent)
    {
        yield return "-p";
        yield return "--input-format=stream-json";
        yield return "--output-format=stream-json";
        yield return "--verbose";
        yield return "--include-partial-messages";
        yield return $"--model={agent.Model}";
        yield return $"--permission-mode={agent.PermissionMode}";
        // What lies in the workspace may come from anybody and must not be able to configure the agent.
        yield return "--setting-sources=";
        yield return "--strict-mcp-config";
        if (agent.MaxTurns is { } turns)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"--max-turns={turns}");
        }

        foreach (var flag in ToolFlags(agent))
        {
            yield return flag;
        }
    }

    private static IEnumerable<string> ToolFlags(AgentDefinition agent)
    {
        var tools = agent.Tools;
        var disabled = Tools.Where(tool => !tools.For(tool.Key).Enabled).SelectMany(tool => tool.Value);
        if (!tools.Default.Enabled)
        {
            // Only what is named exists. The CLI's own tools have no name in the toolset, so they count as unnamed.
            var named = Tools.Where(tool => tools.For(tool.Key).Enabled).Select(tool => tool.Value[0]);
            yield return $"--tools={string.Join(',', named)}";
        }

        yield return $"--disallowedTools={string.Join(',', disabled.Append(Later))}";

        if (agent.PermissionMode == PermissionMode.Bypass)
        {
            yield break;
        }

        var allowed = Tools.Where(tool => IsAllowed(tools.For(tool.Key))).Select(tool => tool.Value[0]);
        // A server's name stands for all of its tools. They have no policies of their own.
        var servers = IsAllowed(tools.Default) ? agent.McpServers.Select(server => $"mcp__{server.Name}") : [];
        var rules = string.Join(',', allowed.Concat(servers));
        if (rules.Length > 0)
        {
            yield return $"--allowedTools={rules}";
        }
    }

    private static bool IsAllowed(ToolPolicy policy) =>
        policy is { Enabled: true, Permission: ToolPolicy.AlwaysAllow };
}
