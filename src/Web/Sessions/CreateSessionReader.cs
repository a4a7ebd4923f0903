using System.Text.Json;
using Colloquy.Sessions;
using Colloquy.Web.Requests;

namespace Colloquy.Web.Sessions;

/// <summary>
/// Reads the body of <c>POST /v1/sessions</c>. What it names and how large it may be is for the session to judge.
/// </summary>
internal static class CreateSessionReader
{
    private const int OnlyVersion = 1;

    /// <param name="document">Null for an empty body.</param>
    /// <exception cref="InvalidInputException">A member is not what it should be.</exception>
    public static CreateSession Read(JsonDocument? document)
    {
        if (document is null)
        {
            return new CreateSession();
        }

        var body = new JsonInput(document.RootElement, JsonInput.Root);
        return new CreateSession
        {
            AgentId = body.Member("agent") is { } agent ? ReadAgent(agent) : BuiltIn.DefaultAgent,
            EnvironmentId = body.Member("environment_id")?.Text() ?? BuiltIn.DefaultEnvironment,
            Title = body.Member("title")?.Text(),
            TurnTimeout = body.Member("turn_timeout_seconds")?.Seconds(),
            Metadata = body.Member("metadata") is { } metadata ? ReadMetadata(metadata) : NoMetadata,
        };
    }

    private static readonly Dictionary<string, string> NoMetadata = [];

    private static string ReadAgent(JsonInput agent)
    {
        if (agent.Kind == JsonValueKind.String)
        {
            return agent.Text();
        }

        if (agent.Member("type") is { } type && type.Text() != "agent")
        {
            throw type.Wrong($"must be 'agent', not '{type.Text()}'. Overrides of an agent are not supported.");
        }

        if (agent.Member("version") is { } version &&
            !(version.Kind == JsonValueKind.Number && version.Element.TryGetInt32(out var number) && number == OnlyVersion))
        {
            throw version.Wrong("must be 1: the built-in agents have one version.");
        }

        return agent.Member("id")?.Text() ?? throw agent.Wrong("needs an id, for example 'agent_default'.");
    }

    private static Dictionary<string, string> ReadMetadata(JsonInput metadata)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in metadata.Members())
        {
            pairs[key] = value.Text();
        }

        return pairs;
    }
}
