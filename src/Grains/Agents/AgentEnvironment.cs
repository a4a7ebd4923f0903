using Colloquy.Agents;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Agents;

/// <summary>
/// What an agent that calls a model finds in its environment beside <see cref="TurnVariables"/>: the way to the model,
/// and where its spans go.
/// </summary>
internal static class AgentEnvironment
{
    private const string BaseUrl = "ANTHROPIC_BASE_URL";
    private const string SpansUrl = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static readonly List<string> ModelNames =
        [BaseUrl, "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];

    // Only the host of the sandbox knows this address, so it is looked up in the sandbox.
    private const string FindGateway =
        BaseUrl + "=${COLLOQUY_GATEWAY_URL:?is not set: the host of this sandbox relays no model gateway}; export " + BaseUrl;

    /// <param name="own">Variables of the runtime, which the agent's definition cannot change.</param>
    public static AgentRun Run(
        AgentDefinition agent,
        AgentTurn turn,
        IReadOnlyList<SandboxFile> files,
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string>? own = null)
    {
        var variables = new Dictionary<string, string>(agent.Variables, StringComparer.Ordinal);
        AddAll(variables, own ?? new Dictionary<string, string>());
        if (turn.Model is not null)
        {
            // Programs take the first of these that they know, so no other may be there.
            ModelNames.ForEach(name => variables.Remove(name));
            AddAll(variables, OfModel(turn.Model));
        }

        var spans = EmitsSpans(agent, turn);
        if (spans)
        {
            AddAll(variables, OfSpans(turn.Model!));
        }

        return new AgentRun(files, turn.Model is { Direct: false, BaseUrl: null } ? Wrap(command, spans) : command, variables);
    }

    /// <summary>Spans go to the gateway's address, under the turn's token.</summary>
    public static bool EmitsSpans(AgentDefinition agent, AgentTurn turn) =>
        agent.Tracing.AgentSpans && turn.Model is { Direct: false };

    private static Dictionary<string, string> OfModel(ModelAccess model)
    {
        var variables = new Dictionary<string, string>
        {
            [model.IsOAuth ? "CLAUDE_CODE_OAUTH_TOKEN" : "ANTHROPIC_API_KEY"] = model.Credential,
        };
        if (model.BaseUrl is { } url)
        {
            variables[BaseUrl] = url;
        }

        return variables;
    }

    private static Dictionary<string, string> OfSpans(ModelAccess model)
    {
        var variables = new Dictionary<string, string>
        {
            ["OTEL_TRACES_EXPORTER"] = "otlp",
            ["OTEL_METRICS_EXPORTER"] = "none",
            ["OTEL_LOGS_EXPORTER"] = "none",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/json",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-api-key={model.Credential}",
        };
        if (model.BaseUrl is { } url)
        {
            variables[SpansUrl] = url;
        }

        return variables;
    }

    private static List<string> Wrap(IReadOnlyList<string> command, bool spans)
    {
        var spansToo = spans ? $"; {SpansUrl}=${BaseUrl}; export {SpansUrl}" : "";
        return ["/bin/sh", "-c", $"{FindGateway}{spansToo}; exec \"$@\"", "agent", .. command];
    }

    private static void AddAll(Dictionary<string, string> variables, IReadOnlyDictionary<string, string> more)
    {
        foreach (var (name, value) in more)
        {
            variables[name] = value;
        }
    }
}
