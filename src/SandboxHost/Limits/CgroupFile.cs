using System.Globalization;

namespace Colloquy.SandboxHost.Limits;

/// <summary>Reads and writes the files by which the kernel offers control groups.</summary>
internal static class CgroupFile
{
    /// <summary>Only what is there already: a new file in such a folder would be refused in words that say nothing.</summary>
    /// <exception cref="IOException">There is no such file, or the kernel refuses the value.</exception>
    /// <exception cref="UnauthorizedAccessException"/>
    internal static void Write(string folder, string name, string value)
    {
        using var file = new FileStream(
            Path.Combine(folder, name), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(value));
    }

    internal static string Read(string folder, string name) => File.ReadAllText(Path.Combine(folder, name)).Trim();

    internal static long ReadNumber(string folder, string name) =>
        long.Parse(Read(folder, name), CultureInfo.InvariantCulture);

    /// <summary>One value of a file of <c>key value</c> lines.</summary>
    /// <returns>0 if there is no such file or key: which counters there are depends on the kernel.</returns>
    internal static long ReadValue(string folder, string name, string key)
    {
        var file = Path.Combine(folder, name);
        if (!File.Exists(file)) return 0;
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key + " ", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.AsSpan(key.Length + 1), CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// The processes in a group, not in groups below it. Without those of another pid namespace, which all read as 0:
    /// a signal to that would go to this server's own group of processes.
    /// </summary>
    internal static IReadOnlyList<int> Processes(string folder)
    {
        try
        {
            return [.. File.ReadLines(Path.Combine(folder, "cgroup.procs")).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture)).Where(pid => pid > 0)];
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
