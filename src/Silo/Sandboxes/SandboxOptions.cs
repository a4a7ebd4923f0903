namespace Colloquy.Silo.Sandboxes;

/// <summary>Where sandboxes come from. Bound to the section <c>Sandbox</c>.</summary>
public sealed class SandboxOptions
{
    public const string Section = "Sandbox";

    /// <summary>What our own host calls the way to the model gateway that it offers.</summary>
    internal const string HostGateway = "gateway.internal";

    /// <summary>The control plane. Null for <c>https://api.{Domain}</c>.</summary>
    public Uri? ApiUrl { get; set; }

    /// <summary>
    /// Where all sandboxes are reached. Null for <c>https://sandbox.{domain}</c> on E2B's own domains, and
    /// <c>https://49983-{id}.{domain}</c> elsewhere.
    /// </summary>
    public Uri? SandboxUrl { get; set; }

    /// <summary>Never logged.</summary>
    public string? ApiKey { get; set; }

    public string Domain { get; set; } = "e2b.app";

    /// <summary>
    /// Where sandboxes reach the model gateway over the network. Null if their host leads them to it, as ours does; see
    /// <c>SandboxHost:GatewayUrl</c>.
    /// </summary>
    internal Uri? GatewayUrl { get; set; }

    /// <summary>The name under which the price book knows these sandboxes.</summary>
    public string Kind { get; set; } = "e2b";

    /// <summary>The template of sandboxes that a session asks for without naming one.</summary>
    public string Template { get; set; } = "base";

    /// <summary>
    /// What the provider calls the templates that agents need, by what we call them: <c>claude</c>, <c>python</c>.
    /// Without an entry it is the same.
    /// </summary>
    public Dictionary<string, string> Templates { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The Linux user that runs everything; its home is the workspace.</summary>
    public string User { get; set; } = "user";

    /// <summary>
    /// Marks the sandboxes of this installation, so that two with one account let each other's be. All servers of one
    /// cluster need the same. Default: an id that the server keeps in its data folder.
    /// </summary>
    public string Owner { get; set; } = "";

    /// <summary>How long after the last time its session used it a sandbox is paused.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The longest that the provider lets a sandbox run without a pause: 1 hour on E2B's Hobby plan, 24 on Pro.
    /// </summary>
    public TimeSpan MaxRun { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a request may take until its answer begins, a control-plane request in all, and a file between two pieces.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How large a file may be that is uploaded into a sandbox, MiB. Default: 1024.</summary>
    public int MaxFileMiB { get; set; } = 1024;

    /// <summary>A larger copy of a workspace is not kept: the files are then lost if the sandbox is.</summary>
    public int CheckpointLimitMiB { get; set; } = 256;

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

        foreach (var (name, _) in Templates.Where(template => string.IsNullOrWhiteSpace(template.Value)))
        {
            yield return $"{Section}:Templates:{name} is empty.";
        }

        if (User.Length == 0 || User.Contains(':', StringComparison.Ordinal))
        {
            yield return $"{Section}:User '{User}' is not a user name.";
        }

        if (string.IsNullOrWhiteSpace(Owner))
        {
            yield return $"{Section}:Owner is empty. Set it to a name that only the servers of this installation have.";
        }

        if (MaxRun < TimeSpan.FromMinutes(1) || MaxRun > TimeSpan.FromDays(30))
        {
            yield return $"{Section}:MaxRun {MaxRun} is not between 1 minute and 30 days.";
        }
        else if (Timeout < TimeSpan.FromSeconds(1) || Timeout > MaxRun)
        {
            yield return $"{Section}:Timeout {Timeout} is not between 1 second and {Section}:MaxRun, {MaxRun}.";
        }

        if (CheckpointLimitMiB is < 1 or > 64 * 1024)
        {
            yield return $"{Section}:CheckpointLimitMiB {CheckpointLimitMiB} is not between 1 and 65536.";
        }

        if (RequestTimeout <= TimeSpan.Zero || RequestTimeout > TimeSpan.FromHours(1))
        {
            yield return $"{Section}:RequestTimeout {RequestTimeout} is not between 0 and 1 hour.";
        }

        if (MaxFileMiB < 1)
        {
            yield return $"{Section}:MaxFileMiB {MaxFileMiB} is not at least 1.";
        }
    }

    private static bool IsHttp(Uri url) => url.IsAbsoluteUri && url.Scheme is ("http" or "https");
}
