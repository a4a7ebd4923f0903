using System.Globalization;

namespace Colloquy.SandboxHost.Limits;

/// <param name="MemoryBytes">Resident; what processes share counts for each of them.</param>
/// <param name="CpuTime">Of those that live and of the children they have waited for.</param>
/// <param name="Threads">Every process has one at least.</param>
internal readonly record struct ProcessSum(long MemoryBytes, TimeSpan CpuTime, int Threads)
{
    internal ProcessSum Add(ProcessSum other) =>
        new(MemoryBytes + other.MemoryBytes, CpuTime + other.CpuTime, Threads + other.Threads);
}

/// <summary>
/// What the processes of each pid namespace use, for machines without control groups. One look at all processes
/// serves all sandboxes.
/// </summary>
internal static class ProcessScan
{
    // Places in /proc/<pid>/stat, counted from the state, which follows the name.
    private const int FirstTime = 11, LastTime = 14, Threads = 17, ResidentPages = 21;
    private const double TicksPerSecond = 100; // USER_HZ, the same on every architecture that .NET runs on

    /// <summary>What tells the namespace of a process apart.</summary>
    /// <returns>Null if the process is gone or not ours to look at.</returns>
    internal static string? NamespaceOf(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/ns/pid").LinkTarget;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static IReadOnlyDictionary<string, ProcessSum> Read()
    {
        var sums = new Dictionary<string, ProcessSum>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)
                || NamespaceOf(pid) is not { } space
                || ReadProcess(pid) is not { } process) continue;
            sums[space] = sums.GetValueOrDefault(space).Add(process);
        }

        return sums;
    }

    private static ProcessSum? ReadProcess(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = fields[FirstTime..(LastTime + 1)].Sum(Number);
            return new ProcessSum(
                Number(fields[ResidentPages]) * Environment.SystemPageSize,
                TimeSpan.FromSeconds(ticks / TicksPerSecond),
                (int)Number(fields[Threads]));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
