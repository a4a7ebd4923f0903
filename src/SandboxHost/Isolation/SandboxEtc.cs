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
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
        ("resolv.conf", "# no network\n"),
    ];

    /// <returns>The folder that holds them.</returns>
    internal static string Write(string dataFolder)
    {
        var folder = Directory.CreateDirectory(Path.Combine(dataFolder, "etc")).FullName;
        foreach (var (name, content) in Files) File.WriteAllText(Path.Combine(folder, name), content);
        return folder;
    }
}
