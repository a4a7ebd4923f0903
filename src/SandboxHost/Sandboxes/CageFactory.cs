using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>Builds what holds a sandbox while it runs, and tears it down: the one place that knows all its parts.</summary>
/// <param name="limits">Null without isolation: nothing holds such sandboxes.</param>
internal sealed class CageFactory(string etc, HostLimits? limits)
{
    /// <summary>Builds one over the files in the folder, or over none yet.</summary>
    /// <param name="deadline">When it ends itself, from now, if nobody writes another.</param>
    /// <exception cref="InvalidOperationException">It cannot be made; the message says why. Nothing is left running.</exception>
    internal async Task<ICage> BuildAsync(SandboxFolder folder, TimeSpan deadline)
    {
        SandboxResources? resources = null;
        try
        {
            if (limits is not null) resources = await AllocateAsync(limits, folder);
            folder.Prepare();
            Deadline.Write(folder.Deadline, deadline);
            ICage cage = resources is null ? new OpenCage(folder) : await BubblewrapCage.CreateAsync(folder, etc, resources);
            cage.Prepare();
            return cage;
        }
        catch (Exception failure)
        {
            if (resources is not null) await resources.ReleaseAsync();
            if (failure is IOException) throw new InvalidOperationException($"The sandbox cannot be made: {failure.Message}", failure);
            throw;
        }
    }

    /// <summary>Takes over what an earlier server has built.</summary>
    /// <param name="frozen">Its processes stand still; nothing can enter.</param>
    /// <returns>Null if it has ended.</returns>
    internal async Task<ICage?> AdoptAsync(SandboxFolder folder, ProcessIdentity? init, bool frozen)
    {
        if (limits is null || init is not { IsRunning: true }) return null;
        var resources = await SandboxResources.OpenAsync(limits, folder.SandboxId, folder.FullPath);
        var cage = BubblewrapCage.Adopt(folder, init, resources);
        if (cage is null) await resources.ReleaseAsync();
        else if (!frozen) cage.Prepare();
        return cage;
    }

    /// <summary>Ends every process in it; the files stay.</summary>
    /// <exception cref="IOException">Something of it stays.</exception>
    internal static async Task TearDownAsync(ICage cage)
    {
        // Frozen processes do not die of a signal everywhere.
        if (cage.Resources is { } resources) await resources.Cgroup.KillAllAsync();
        await cage.KillAsync();
        if (cage.Resources is not null) await cage.Resources.ReleaseAsync();
    }

    /// <summary>Removes what is left of the limits of sandboxes that nobody knows any more.</summary>
    /// <exception cref="IOException"/>
    internal Task RemoveLeftoversAsync(IReadOnlySet<string> known) =>
        limits is null ? Task.CompletedTask : limits.Cgroups.RemoveLeftoversAsync(known);

    private static Task<SandboxResources> AllocateAsync(HostLimits limits, SandboxFolder folder)
    {
        if (Directory.Exists(folder.Disk)) return SandboxResources.OpenAsync(limits, folder.SandboxId, folder.FullPath);
        Directory.CreateDirectory(folder.FullPath);
        return SandboxResources.CreateAsync(limits, folder.SandboxId, folder.FullPath);
    }
}
