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
    private const string FindGateway = $$"""
        if [ -z "${COLLOQUY_GATEWAY_URL:-}" ]; then
          echo "this sandbox has no way to the model gateway: its host set no COLLOQUY_GATEWAY_URL." \
            "Set SandboxHost:GatewayUrl on the host, or ModelGateway:PublicUrl on the server." >&2
          exit 78
        fi
        export {{BaseUrl}}="$COLLOQUY_GATEWAY_URL"

        """;

    private const string SendSpansThere = $"export {SpansUrl}=\"${BaseUrl}\"\n";

    public static AgentRun Run(
        AgentDefinition agent,
        AgentTurn turn,
        IReadOnlyList<SandboxFile> files,
        IReadOnlyList<string> command,
        ProgramVariables program)
    {
        var variables = new Dictionary<string, string>(program.Defaults, StringComparer.Ordinal);
        AddAll(variables, agent.Variables);
        AddAll(variables, program.Fixed);
        if (turn.Model is not { } model)
        {
            return new AgentRun(files, command, variables);
        }

        // Programs take the first of these that they know, so no other may be there.
        ModelNames.ForEach(name => variables.Remove(name));
        AddAll(variables, OfModel(model));

        // Spans go to the gateway's address, under the turn's token.
        var spans = agent.Tracing.AgentSpans && !model.Direct;
        if (spans)
        {
            AddAll(variables, OfSpans(model));
            AddAll(variables, program.Spans);
        }

        return new AgentRun(files, model is { Direct: false, BaseUrl: null } ? Wrap(command, spans) : command, variables);
    }

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

    private static List<string> Wrap(IReadOnlyList<string> command, bool spans) =>
        ["/bin/sh", "-c", $"{FindGateway}{(spans ? SendSpansThere : "")}exec \"$@\"", "agent", .. command];

    private static void AddAll(Dictionary<string, string> variables, IReadOnlyDictionary<string, string> more)
    {
        foreach (var (name, value) in more)
        {
            variables[name] = value;
        }
    }
}
