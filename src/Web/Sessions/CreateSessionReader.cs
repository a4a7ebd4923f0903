using System.Text.Json;
using Colloquy.Sessions;
using Colloquy.Web.Requests;

namespace Colloquy.Web.Sessions;

/// <summary>
/// Reads the body of <c>POST /v1/sessions</c>. What it names and how large it may be is for the session to judge.
/// </summary>
internal static class CreateSessionReader
{
    /// <param name="document">Null for an empty body.</param>
    /// <exception cref="InvalidInputException">A member is not what it should be.</exception>
    public static CreateSession Read(JsonDocument? document)
    {
        if (document is null)
        {
            return new CreateSession();
        }

        var body = JsonInput.Of(document);
        var agent = body.Member("agent");
        return new CreateSession
        {
            AgentId = agent is { } named ? ReadAgent(named) : BuiltIn.DefaultAgent,
            AgentVersion = agent is { Kind: JsonValueKind.Object } versioned ? versioned.Member("version")?.Integer() : null,
            EnvironmentId = body.Member("environment_id")?.Text() ?? BuiltIn.DefaultEnvironment,
            Title = body.Member("title")?.Text(),
            TurnTimeout = body.Member("turn_timeout_seconds")?.Seconds(),
            Metadata = body.Member("metadata")?.Map() ?? NoMetadata,
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

        return agent.Member("id")?.Text() ?? throw agent.Wrong("needs an id, for example 'agent_default'.");
    }
}
