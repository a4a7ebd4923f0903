namespace Colloquy.Silo.Hosting;

/// <summary>The variables that the tools of E2B and Anthropic read mean the same here. Our own keys, if set, win.</summary>
internal static class WellKnownVariables
{
    private static readonly (string Variable, string Key)[] Names =
    [
        ("E2B_API_KEY", "Sandbox:ApiKey"),
        ("E2B_API_URL", "Sandbox:ApiUrl"),
        ("E2B_SANDBOX_URL", "Sandbox:SandboxUrl"),
        ("E2B_DOMAIN", "Sandbox:Domain"),
        ("ANTHROPIC_API_KEY", "ModelGateway:ApiKey"),
        ("ANTHROPIC_BASE_URL", "ModelGateway:ProviderUrl"),
        ("CLAUDE_CODE_OAUTH_TOKEN", "ModelGateway:OAuthToken"),
        ("ANTHROPIC_AUTH_TOKEN", "ModelGateway:OAuthToken"),
    ];

    public static void AddWellKnownVariables(this ConfigurationManager configuration)
    {
        foreach (var (variable, key) in Names)
        {
            if (string.IsNullOrEmpty(configuration[key]) && configuration[variable] is { Length: > 0 } value)
            {
                configuration[key] = value;
            }
        }
    }
}
