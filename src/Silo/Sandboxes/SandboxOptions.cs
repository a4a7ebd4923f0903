namespace Colloquy.Silo.Sandboxes;

/// <summary>Where sandboxes come from. Bound to the section <c>Sandbox</c>.</summary>
public sealed class SandboxOptions
{
    public const string Section = "Sandbox";

    /// <summary>The control plane. Null for <c>https://api.{Domain}</c>.</summary>
    public Uri? ApiUrl { get; set; }

    /// <summary>Where all sandboxes are reached. Null for <c>https://sandbox.{domain of the sandbox}</c>.</summary>
    public Uri? SandboxUrl { get; set; }

    /// <summary>Never logged.</summary>
    public string? ApiKey { get; set; }

    public string Domain { get; set; } = "e2b.app";

    /// <summary>The name under which the price book knows these sandboxes.</summary>
    public string Kind { get; set; } = "e2b";

    /// <summary>The template of sandboxes that a session asks for without naming one.</summary>
    public string Template { get; set; } = "base";

    /// <summary>The Linux user that runs everything; its home is the workspace.</summary>
    public string User { get; set; } = "user";

    /// <summary>How long a sandbox lives on after the last time its session used it.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long one request may take until its answer begins, and a control-plane request in all.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>What is wrong with these values, by the keys a user would have to change; empty if nothing.</summary>
    internal IEnumerable<string> Problems()
    {
        if (ApiUrl is { } api && !IsHttp(api))
        {
            yield return $"{Section}:ApiUrl '{api}' is not an absolute http or https URL.";
        }

        if (SandboxUrl is { } sandbox && !IsHttp(sandbox))
        {
            yield return $"{Section}:SandboxUrl '{sandbox}' is not an absolute http or https URL.";
        }

        if (string.IsNullOrWhiteSpace(ApiKey))
        {
            yield return $"{Section}:ApiKey is missing. Set it, or the variable E2B_API_KEY, to a key of the provider; " +
                $"or use sandboxes of this machine with {Section}:Provider=local.";
        }

        if (Uri.CheckHostName(Domain) == UriHostNameType.Unknown)
        {
            yield return $"{Section}:Domain '{Domain}' is not a host name.";
        }

        if (string.IsNullOrWhiteSpace(Template))
        {
            yield return $"{Section}:Template is empty.";
        }

        if (User.Length == 0 || User.Contains(':', StringComparison.Ordinal))
        {
            yield return $"{Section}:User '{User}' is not a user name.";
        }

        if (Timeout < TimeSpan.FromSeconds(1) || Timeout > TimeSpan.FromDays(30))
        {
            yield return $"{Section}:Timeout {Timeout} is not between 1 second and 30 days.";
        }

        if (RequestTimeout <= TimeSpan.Zero || RequestTimeout > TimeSpan.FromHours(1))
        {
            yield return $"{Section}:RequestTimeout {RequestTimeout} is not between 0 and 1 hour.";
        }
    }

    private static bool IsHttp(Uri url) => url.IsAbsoluteUri && url.Scheme is ("http" or "https");
}
