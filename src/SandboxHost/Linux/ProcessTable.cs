using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>What <c>/proc</c> tells about processes of the host, and signals that cannot hit the wrong one.</summary>
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

    /// <summary>A handle that stays on this process even when its pid is given to another.</summary>
    /// <returns>Null if there is none.</returns>
    internal static SafeFileHandle? Open(int pid)
    {
        var fd = LibC.PidfdOpen(pid);
        return fd >= 0 ? new SafeFileHandle(Pipe.AwayFromTheChildsNumbers(fd), ownsHandle: true) : null;
    }

    /// <summary>Kills the process if it is still the one that started then, and waits until it is gone.</summary>
    internal static bool KillIfSame(int pid, long startTime, TimeSpan wait)
    {
        using var process = Open(pid);
        // The handle is taken first: if the start time fits now, it fits what the handle is on.
        if (process is null || StartTime(pid) != startTime) return false;
        _ = LibC.PidfdSendSignal(process, LibC.SIGKILL);
        var poll = new LibC.PollFd { Fd = (int)process.DangerousGetHandle(), Events = 1 };
        while (LibC.poll(ref poll, 1, (int)wait.TotalMilliseconds) < 0)
        {
            if (Marshal.GetLastPInvokeError() is not LibC.EINTR and var error) throw new Win32Exception(error);
        }

        return true;
    }

    /// <summary>The processes whose initial environment has this <c>NAME=value</c>.</summary>
    internal static IEnumerable<int> WithEnvironment(string variable)
    {
        var wanted = Encoding.UTF8.GetBytes($"\0{variable}\0");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)
                && pid != Environment.ProcessId
                && Has(folder, wanted))
            {
                yield return pid;
            }
        }
    }

    private static bool Has(string folder, byte[] wanted)
    {
        try
        {
            byte[] environment = [0, .. File.ReadAllBytes(folder + "/environ")];
            return environment.AsSpan().IndexOf(wanted) >= 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
