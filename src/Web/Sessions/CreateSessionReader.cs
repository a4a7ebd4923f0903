using System.Text.Json;
using Colloquy.Sessions;
using Colloquy.Web.Requests;

namespace Colloquy.Web.Sessions;

/// <summary>Reads the body of <c>POST /v1/sessions</c>.</summary>
internal static class CreateSessionReader
{
    private const int MostPairs = 16;
    private const int LongestKey = 64;
    private const int LongestValue = 512;
    private const int LongestTitle = 500;
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
            EnvironmentId = body.Member("environment_id") is { } environment
                ? ReadEnvironment(environment) : BuiltIn.DefaultEnvironment,
            Title = body.Member("title") is { } title ? Within(title, LongestTitle) : null,
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

    private static string ReadEnvironment(JsonInput environment) =>
        environment.Text() == BuiltIn.DefaultEnvironment
            ? BuiltIn.DefaultEnvironment
            : throw environment.Wrong(
                $"'{environment.Text()}' does not exist. Use '{BuiltIn.DefaultEnvironment}' or leave it out.");

    private static Dictionary<string, string> ReadMetadata(JsonInput metadata)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in metadata.Members())
        {
            if (key.Length is 0 or > LongestKey)
            {
                throw metadata.Wrong($"keys must have 1 to {LongestKey} characters; one has {key.Length}.");
            }

            pairs[key] = Within(value, LongestValue);
        }

        return pairs.Count <= MostPairs
            ? pairs
            : throw metadata.Wrong($"may have at most {MostPairs} pairs, not {pairs.Count}.");
    }

    private static string Within(JsonInput input, int longest) =>
        input.Text() is { } text && text.Length <= longest
            ? text
            : throw input.Wrong($"may have at most {longest} characters, not {input.Text().Length}.");
}
