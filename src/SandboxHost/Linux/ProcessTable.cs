using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>What <c>/proc</c> tells about processes of the host, and handles that cannot stand for the wrong one.</summary>
internal static class ProcessTable
{
    private const int StartTimeAfterName = 19;

    /// <summary>When the process started, in clock ticks since boot: with the pid, it names a process for good.</summary>
    /// <returns>Null if there is none.</returns>
    internal static long? StartTime(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // The name stands in parentheses and may itself hold blanks and parentheses.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : long.Parse(fields[StartTimeAfterName], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The pid by which a process knows itself, be that in a pid namespace of its own.</summary>
    /// <returns>Null if there is none, or none with this parent.</returns>
    internal static int? InnerPid(int pid, int parent)
    {
        try
        {
            var fields = File.ReadLines($"/proc/{pid}/status").Select(line => line.Split('\t'))
                .Where(field => field[0] is "PPid:" or "NSpid:").ToDictionary(field => field[0], field => field[^1]);
            return fields["PPid:"] == parent.ToString(CultureInfo.InvariantCulture)
                ? int.Parse(fields["NSpid:"], CultureInfo.InvariantCulture)
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Signals the process if it is still the one that started then.</summary>
    internal static void SignalIfSame(int pid, long startTime, int signal)
    {
        using var process = Open(pid);
        // The handle is taken first: if the start time fits now, it fits what the handle is on.
        if (process is not null && StartTime(pid) == startTime) _ = LibC.PidfdSendSignal(process, signal);
    }

    /// <summary>A handle that stays on this process even when its pid is given to another.</summary>
    /// <returns>Null if there is none.</returns>
    internal static SafeFileHandle? Open(int pid)
    {
        var fd = LibC.PidfdOpen(pid);
        return fd >= 0 ? new SafeFileHandle(Descriptor.AwayFromTheChildsNumbers(fd), ownsHandle: true) : null;
    }

    /// <summary>The processes that have this variable in their initial environment, and its value in each.</summary>
    internal static IEnumerable<(int Pid, string Value)> WithVariable(string name)
    {
        var wanted = Encoding.UTF8.GetBytes($"\0{name}=");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)
                && pid != Environment.ProcessId
                && ValueIn(folder, wanted) is { } value)
            {
                yield return (pid, value);
            }
        }
    }

    private static string? ValueIn(string folder, byte[] wanted)
    {
        try
        {
            byte[] environment = [0, .. File.ReadAllBytes(folder + "/environ"), 0];
            var start = environment.AsSpan().IndexOf(wanted);
            if (start < 0) return null;
            var value = environment.AsSpan(start + wanted.Length);
            return Encoding.UTF8.GetString(value[..value.IndexOf((byte)0)]);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
