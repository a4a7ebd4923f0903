namespace Colloquy.SandboxHost.Isolation;

/// <summary>The programs that make and enter sandboxes. <see cref="BubblewrapProbe"/> tells which are missing.</summary>
internal static class Tools
{
    internal static string Bubblewrap { get; } = SystemPath.Find("bwrap") ?? "/usr/bin/bwrap";

    internal static string Perl { get; } = SystemPath.Find("perl") ?? "/usr/bin/perl";

    /// <summary>Null if it is not installed: it is needed for sandboxes with an open network only.</summary>
    internal static string? Slirp { get; } = SystemPath.Find("slirp4netns");
}
