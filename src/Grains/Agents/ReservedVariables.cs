using static Colloquy.Grains.InputRules;

namespace Colloquy.Grains.Agents;

/// <summary>
/// Names that an agent's variables cannot have: where the turn, its trace and its model are is for the server to say,
/// and a value that is quietly dropped would be a riddle. Pure.
/// </summary>
internal static class ReservedVariables
{
    private const string OurPrefix = "COLLOQUY_";

    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "HOME", "TURN_DIR", "TURN_NUMBER", "HISTORY", "TRACEPARENT", "TRACESTATE", "BAGGAGE", "CLAUDE_CONFIG_DIR",
        "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN",
        "CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR", "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR",
        // Other ways to a model than the server's, with credentials that it does not know.
        "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY", "CLAUDE_CODE_USE_MANTLE",
        "CLAUDE_CODE_USE_GATEWAY", "CLAUDE_CODE_USE_ANTHROPIC_AWS", "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
    };

    /// <exception cref="Colloquy.Sessions.InvalidInputException">Names the first that is reserved.</exception>
    public static void Check(IReadOnlyDictionary<string, string> variables, string field)
    {
        foreach (var name in variables.Keys)
        {
            Require(
                !Names.Contains(name) && !name.StartsWith(OurPrefix, StringComparison.Ordinal), $"{field}.{name}",
                "is reserved: Colloquy itself decides where the turn, its trace and its model are. Choose another name.");
        }
    }
}
