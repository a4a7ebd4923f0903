namespace Colloquy.SandboxHost.Linux;

/// <summary>
/// Names a process for good, also to a later server. Pids are given again, and after a reboot so are start times.
/// </summary>
/// <param name="StartTime">Clock ticks since boot.</param>
/// <param name="Boot">The kernel's name for the time between two boots.</param>
internal sealed record ProcessIdentity(int Pid, long StartTime, string Boot)
{
    private static readonly string ThisBoot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <returns>Null if there is no such process.</returns>
    internal static ProcessIdentity? Of(int pid) =>
        ProcessTable.StartTime(pid) is { } start ? new ProcessIdentity(pid, start, ThisBoot) : null;

    internal bool IsRunning => Boot == ThisBoot && ProcessTable.StartTime(Pid) == StartTime;
}
