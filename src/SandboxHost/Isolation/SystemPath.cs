namespace Colloquy.SandboxHost.Isolation;

/// <summary>Where programs are found, in sandboxes and by this server for them.</summary>
internal static class SystemPath
{
    internal const string Value = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <returns>Null if it is not installed.</returns>
    internal static string? Find(string program) =>
        Value.Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
