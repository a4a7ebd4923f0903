using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>Ends and removes the sandboxes that an earlier server on the same data left behind.</summary>
internal static class LeftoverReaper
{
    private static readonly TimeSpan LongestDeath = TimeSpan.FromSeconds(5);

    /// <returns>How many folders were removed, and how many of them still had processes.</returns>
    internal static async Task<(int Folders, int Alive)> ReapAsync(string sandboxes)
    {
        var (folders, alive) = (0, 0);
        foreach (var folder in Directory.EnumerateDirectories(sandboxes))
        {
            if (End(folder)) alive++;
            await SandboxDisk.UnmountAsync(folder);
            SandboxFolder.Delete(folder);
            folders++;
        }

        return (folders, alive);
    }

    // Without a record the server died while it made the sandbox: bubblewrap has died with it, and without isolation
    // nothing was started before the record was there.
    private static bool End(string folder) => SandboxRecord.Read(folder) switch
    {
        { InitPid: { } pid, InitStartTime: { } start } => ProcessTable.KillIfSame(pid, start, LongestDeath),
        { SandboxId: var id } => OpenCage.KillMarked(SandboxEnvironment.Mark(id)) > 0,
        null => false,
    };
}
