namespace Colloquy.Silo.Hosting;

/// <summary>The variables that E2B's own tools read mean the same here. Our own keys, if set, win.</summary>
internal static class WellKnownVariables
{
    private static readonly (string Variable, string Key)[] Names =
    [
        ("E2B_API_KEY", "Sandbox:ApiKey"),
        ("E2B_API_URL", "Sandbox:ApiUrl"),
        ("E2B_SANDBOX_URL", "Sandbox:SandboxUrl"),
        ("E2B_DOMAIN", "Sandbox:Domain"),
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
