using System.Globalization;
using System.Text;

namespace Colloquy.SandboxHost.Limits;

/// <summary>
/// Limits that a shell sets for itself before it becomes the command; every process has them from then on and cannot
/// raise them. They are per process, so they stand in for control groups only where there are none.
/// </summary>
internal static class CommandRlimits
{
    private const int OpenFiles = 16384;

    /// <summary>Lines for the beginning of the entry script. They fail where a limit is stricter already.</summary>
    /// <param name="memory">Whether to limit the memory of each process.</param>
    /// <param name="processes">Whether to limit the number of processes. The kernel does not apply it to root's.</param>
    internal static string Script(SandboxLimits limits, bool memory, bool processes)
    {
        var script = new StringBuilder("ulimit -c 0\n");
        Append(script, "ulimit -n", OpenFiles);
        // Not -v: runtimes such as Node reserve far more addresses than they ever use, and would not even start.
        if (memory) Append(script, "ulimit -d", limits.MemoryBytes >> 10);
        // dash and busybox call -p what is -u in bash.
        if (processes) script.Append(CultureInfo.InvariantCulture, $"ulimit -p {limits.MaxProcesses} 2>/dev/null || ulimit -u {limits.MaxProcesses} 2>/dev/null\n");
        return script.ToString();
    }

    private static void Append(StringBuilder script, string command, long value) =>
        script.Append(CultureInfo.InvariantCulture, $"{command} {value} 2>/dev/null\n");
}
