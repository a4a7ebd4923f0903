using System.Globalization;
using Colloquy.Agents;

namespace Colloquy.Grains.Agents.ClaudeCode;

/// <summary>The CLI's flags. What a user gives stands behind <c>=</c>, so that it can never be a flag of its own.</summary>
internal static class ClaudeCodeArguments
{
    /// <summary>In the turn's folder: <c>claude.sh</c> passes them on where they are.</summary>
    public const string SystemFile = "system.txt", McpFile = "mcp.json";

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

        var tools = ClaudeTools.Of(agent);
        if (tools.Existing is { } existing)
        {
            yield return $"--tools={string.Join(',', existing)}";
        }

        yield return $"--disallowedTools={string.Join(',', tools.Disallowed)}";
        if (tools.Allowed.Count > 0)
        {
            yield return $"--allowedTools={string.Join(',', tools.Allowed)}";
        }
    }
}
