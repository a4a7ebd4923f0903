namespace Colloquy.SandboxHost.Isolation;

/// <summary>The files in <c>/etc</c> that sandboxes get from us because the host's say too much.</summary>
internal static class SandboxEtc
{
    private static readonly (string Name, string Content)[] Files =
    [
        ("passwd", "user:x:1000:1000::/home/user:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n"),
        ("group", "user:x:1000:\nnogroup:x:65534:\n"),
        ("hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"),
        ("hostname", "sandbox\n"),
        // The host's own may set the search path anew, and would hide a template's programs from login shells.
        ("profile", "PATH=\"${PATH:-/usr/local/bin:/usr/bin:/bin}\"\nexport PATH\n[ -z \"$BASH_VERSION\" ] || . /etc/bash.bashrc 2>/dev/null\n"),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    ];

    /// <param name="nameServer">Null without a network.</param>
    /// <returns>The folder that holds them.</returns>
    internal static string Write(string dataFolder, string? nameServer = null)
    {
        var name = nameServer is null ? "etc" : "etc-open";
        var folder = Directory.CreateDirectory(Path.Combine(dataFolder, name)).FullName;
        var resolver = nameServer is null ? "# no network\n" : $"nameserver {nameServer}\n";
        File.WriteAllText(Path.Combine(folder, "resolv.conf"), resolver);
        foreach (var (file, content) in Files) File.WriteAllText(Path.Combine(folder, file), content);
        return folder;
    }
}
