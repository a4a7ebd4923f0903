namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>Where the daemon in a sandbox is reached, by the rule of E2B's own clients.</summary>
internal static class SandboxAddress
{
    public const string DaemonPort = "49983";

    /// <summary>E2B's own clouds have one host for all sandboxes, which the headers then tell apart.</summary>
    private static readonly HashSet<string> DomainsWithOneHost =
        new(StringComparer.OrdinalIgnoreCase) { "e2b.app", "e2b.dev", "e2b.pro", "e2b-staging.dev" };

    public static Uri Of(SandboxOptions options, string sandboxId, string domain) =>
        options.SandboxUrl
        ?? new Uri(DomainsWithOneHost.Contains(domain)
            ? $"https://sandbox.{domain}"
            : $"https://{DaemonPort}-{sandboxId}.{domain}");
}
