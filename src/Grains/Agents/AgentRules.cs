using Colloquy.Agents;
using static Colloquy.Grains.Definitions.DefinitionLimits;
using static Colloquy.Grains.Definitions.DefinitionRules;
using static Colloquy.Grains.InputRules;

namespace Colloquy.Grains.Agents;

/// <summary>What an agent must satisfy before it is stored. Fields are named as in the HTTP API. Pure.</summary>
internal static class AgentRules
{
    private static readonly string[] Permissions = [ToolPolicy.AlwaysAllow, ToolPolicy.AlwaysAsk];

    /// <exception cref="Colloquy.Sessions.InvalidInputException">Names the first field that is wrong.</exception>
    public static void Check(AgentDefinition agent)
    {
        CheckHead(agent.Name, agent.Description, agent.Metadata);
        CheckOneOf(agent.Runtime, AgentRuntime.All, "runtime");
        Require(
            IsToken(agent.Model, MaxModelLength), "model",
            $"must be a full model id, for example claude-opus-5-5: at most {MaxModelLength} letters, digits and -_.:/@[].");
        Require(
            agent.System is null || agent.System.Length <= MaxSystemLength, "system",
            $"must have at most {MaxSystemLength:N0} characters.");
        CheckTools(agent.Tools);
        CheckMcpServers(agent.McpServers);
        CheckOneOf(agent.PermissionMode, PermissionMode.All, "permission_mode");
        Require(agent.MaxTurns is null or (>= 1 and <= MaxRoundTrips), "max_turns", $"must be 1 to {MaxRoundTrips}.");
        CheckTimeout(agent.TurnTimeout, "turn_timeout_seconds");
        CheckProgram(agent);
        CheckVariables(agent.Variables, "variables");
        ReservedVariables.Check(agent.Variables, "variables");
        if (agent.UsageSource is not null)
        {
            CheckOneOf(agent.UsageSource, UsageSource.All, "usage_source");
        }
    }

    private static void CheckProgram(AgentDefinition agent)
    {
        CheckCommand(agent.Command, "command");
        Require(
            agent.Runtime != AgentRuntime.Command || agent.Command.Count > 0, "command",
            "is required with runtime 'command': the program and its arguments, for example [\"python3\",\"agent.py\"].");
        Require(
            agent.Runtime == AgentRuntime.Command || agent.Command.Count == 0, "command",
            $"is only for runtime 'command', not '{agent.Runtime}'.");
    }

    private static void CheckTools(AgentTools tools)
    {
        CheckOneOf(tools.Default.Permission, Permissions, "tools");
        foreach (var (name, policy) in tools.Named)
        {
            CheckOneOf(name, AgentTools.Names, "tools");
            CheckOneOf(policy.Permission, Permissions, "tools");
        }
    }

    private static void CheckMcpServers(IReadOnlyList<McpServer> servers)
    {
        Require(servers.Count <= MaxMcpServers, "mcp_servers", $"must be at most {MaxMcpServers}, local ones included.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var server in servers)
        {
            var field = server.Url is null ? "local_mcp_servers" : "mcp_servers";
            Require(
                server.Name.Length is > 0 and <= MaxMcpNameLength &&
                server.Name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'),
                field, $"'{server.Name}' is no name: 1 to {MaxMcpNameLength} letters, digits, '-' and '_'.");
            Require(names.Add(server.Name), field, $"the name '{server.Name}' is used twice.");
            if (server.Url is { } url)
            {
                Require(IsHttp(url), field, $"'{server.Name}' needs an absolute http or https url, not '{url}'.");
                continue;
            }

            Require(server.Command.Count > 0, field, $"'{server.Name}' needs a command.");
            CheckCommand(server.Command, $"{field}.{server.Name}.command");
            CheckVariables(server.Variables, $"{field}.{server.Name}.variables");
        }
    }

    private static bool IsHttp(string url) =>
        url.Length <= MaxUrlLength && Uri.TryCreate(url, UriKind.Absolute, out var uri) &&
        uri.Scheme is "http" or "https";
}
