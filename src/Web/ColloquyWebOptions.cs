namespace Colloquy.Web;

/// <summary>What the HTTP edge has to be told.</summary>
public sealed class ColloquyWebOptions
{
    /// <summary>Whether a model's prices are made up, so that reports can label them. Default: none are.</summary>
    public Func<string, bool> IsDemoModel { get; set; } = _ => false;

    /// <summary>Whether prices of sandboxes are made up. Default: false.</summary>
    public bool HasDemoSandboxes { get; set; }

    /// <summary>How large a file may be that is uploaded into a sandbox. Default: 1 GiB.</summary>
    public long MaxFileBytes { get; set; } = 1024L * 1024 * 1024;
}
