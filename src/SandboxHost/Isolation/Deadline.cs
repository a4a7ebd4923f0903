using System.Globalization;
using System.Text;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>
/// When a sandbox ends itself, should no server do it: a file that its first process looks at. It holds seconds since
/// boot, which no change of the clock moves.
/// </summary>
internal static class Deadline
{
    private const int Width = 12;

    /// <param name="remaining">From now.</param>
    internal static void Write(string file, TimeSpan remaining)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{(long)(Uptime() + remaining).TotalSeconds,Width}\n");
        // In place, since what the sandbox sees is this inode; and in one write of always the same length, since it may
        // look at any moment.
        using var handle = File.OpenHandle(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(handle, Encoding.ASCII.GetBytes(text), 0);
    }

    private static TimeSpan Uptime() =>
        TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture));
}
