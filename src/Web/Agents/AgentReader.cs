using System.Text.Json;
using Colloquy.Agents;
using Colloquy.Sessions;
using Colloquy.Web.Definitions;
using Colloquy.Web.Requests;

namespace Colloquy.Web.Agents;

/// <summary>
/// Reads the bodies that make and change agents: what the body says, on top of what there is. How large it may be is
/// for the agent to judge.
/// </summary>
internal static class AgentReader
{
    private static readonly AgentDefinition Nothing = new("", 0, "", AgentRuntime.ClaudeCode, "");

    /// <exception cref="InvalidInputException">A member is missing or not what it should be.</exception>
    public static AgentDefinition Create(JsonInput body) => Read(body, Nothing, isNew: true);

    /// <exception cref="InvalidInputException">A member is not what it should be.</exception>
    public static AgentDefinition Change(JsonInput body, AgentDefinition present) => Read(body, present, isNew: false);

    /// <summary>The version that an update is meant for; null for whatever is the latest.</summary>
    public static int? ReadVersion(JsonInput body) => body.Member("version")?.Integer();

    private static AgentDefinition Read(JsonInput body, AgentDefinition present, bool isNew)
    {
        RefuseUnsupported(body);
        IReadOnlyList<McpServer> servers =
        [
            .. body.Merge("mcp_servers", Servers(present, local: false), [], McpServersReader.ReadRemote),
            .. body.Merge("local_mcp_servers", Servers(present, local: true), [], McpServersReader.ReadLocal),
        ];
        return present with
        {
            Name = body.Required("name", isNew ? null : present.Name, member => member.Text()),
            Model = body.Required("model", isNew ? null : present.Model, ReadModel),
            Description = body.Merge("description", present.Description, null, TextOrNothing),
            System = body.Merge("system", present.System, null, TextOrNothing),
            Runtime = body.Member("runtime")?.Text() ?? present.Runtime,
            Tools = body.Merge(
                "tools", present.Tools, isNew ? AgentTools.All : ToolsReader.None, tools => ToolsReader.Read(tools, servers)),
            McpServers = servers,
            PermissionMode = body.Merge("permission_mode", present.PermissionMode, PermissionMode.Bypass, member => member.Text()),
            MaxTurns = body.Merge<int?>("max_turns", present.MaxTurns, null, member => member.Integer()),
            TurnTimeout = body.Merge<TimeSpan?>("turn_timeout_seconds", present.TurnTimeout, null, member => member.Seconds()),
            Command = body.Merge("command", present.Command, [], member => member.Texts()),
            Variables = body.Merge("variables", present.Variables, Nothing.Variables, member => member.Map()),
            UsageSource = body.Merge("usage_source", present.UsageSource, null, member => member.Text()),
            Tracing = body.Merge("tracing", present.Tracing, AgentTracing.Default, ReadTracing),
            Metadata = body.PatchMetadata(present.Metadata, emptyDeletes: false),
        };
    }

    private static void RefuseUnsupported(JsonInput body)
    {
        if (body.Member("skills") is { } skills && skills.Items().Any())
        {
            throw skills.Wrong("skills are not supported. Leave them out.");
        }

        body.Refuse("multiagent", "agents that start agents are not supported. Leave it out.");
        if (body.Member("execution_identity")?.Member("type") is { } identity && identity.Text() != "service_account")
        {
            throw identity.Wrong("must be 'service_account'.");
        }
    }

    private static string ReadModel(JsonInput model)
    {
        if (model.Kind != JsonValueKind.Object)
        {
            return model.Text();
        }

        if (model.Member("speed") is { } speed && speed.Text() != "standard")
        {
            throw speed.Wrong("must be 'standard'.");
        }

        model.Refuse("effort", "is not supported. Leave it out.");
        model.Refuse("inference_geo", "is not supported. Leave it out.");
        return model.Member("id")?.Text() ?? throw model.Wrong("needs an id, for example 'claude-opus-5-5'.");
    }

    private static AgentTracing ReadTracing(JsonInput tracing) =>
        new(tracing.Member("agent_spans")?.Flag() ?? AgentTracing.Default.AgentSpans);

    private static string? TextOrNothing(JsonInput member) => member.Text() is { Length: > 0 } text ? text : null;

    private static IReadOnlyList<McpServer> Servers(AgentDefinition agent, bool local) =>
        [.. agent.McpServers.Where(server => server.Url is null == local)];
}
