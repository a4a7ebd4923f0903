using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Network;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>All that holds a sandbox while it runs.</summary>
/// <param name="Start">A shell command for the background; null if there is none, or it runs already.</param>
/// <param name="Environment">What every command in it gets beyond what all sandboxes have.</param>
/// <param name="Resources">Its share of the machine. Null without isolation: nothing is limited then.</param>
internal sealed record Cell(
    ICage Cage,
    SandboxResources? Resources,
    SandboxNetwork Network,
    IReadOnlyDictionary<string, string> Environment,
    string? Start = null)
{
    internal bool CanFreeze => Resources is { Cgroup.CanFreeze: true };

    /// <exception cref="IOException">It could not be done; all run on.</exception>
    internal Task FreezeAsync() => Resources!.Cgroup.FreezeAsync();

    /// <exception cref="IOException"/>
    internal async Task ThawAsync()
    {
        await Resources!.Cgroup.ThawAsync();
        Cage.Prepare();
    }

    /// <summary>Ends every process in it; the files stay.</summary>
    /// <exception cref="IOException">Something of it stays.</exception>
    internal Task TearDownAsync() => TearDownAsync(keepFiles: true);

    /// <summary>Ends every process in it. The files may be deleted afterwards, and need not be safe on disk first.</summary>
    /// <exception cref="IOException">Something of it stays.</exception>
    internal Task DiscardAsync() => TearDownAsync(keepFiles: false);

    private async Task TearDownAsync(bool keepFiles)
    {
        // First what is inside: were its parents on this side killed before it, it would wait for the machine's own init
        // to be reaped, and that one may take its time.
        var ended = Cage.KillAsync();
        // Frozen processes do not die of a signal everywhere.
        if (CanFreeze) await Resources!.Cgroup.ThawAsync();
        await ended;
        // Sockets keep the network they were made in.
        Network.Dispose();
        if (Resources is not null) await Resources.ReleaseAsync(keepFiles);
    }

    /// <summary>Closes all that this server has of it. What runs in it runs on, for a later server to adopt.</summary>
    internal async Task LeaveAsync()
    {
        Resources?.Dispose();
        Network.Dispose();
        await Cage.LeaveAsync();
    }
}
