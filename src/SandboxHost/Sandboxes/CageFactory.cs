using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>Builds what holds a sandbox while it runs, and tears it down: the one place that knows all its parts.</summary>
internal sealed class CageFactory(IsolationMode isolation, string etc)
{
    /// <summary>Builds one over the files in the folder, or over none yet.</summary>
    /// <param name="deadline">When it ends itself, from now, if nobody writes another.</param>
    /// <exception cref="InvalidOperationException">It cannot be made; the message says why. Nothing is left running.</exception>
    internal async Task<ICage> BuildAsync(SandboxFolder folder, TimeSpan deadline)
    {
        folder.Prepare();
        Deadline.Write(folder.Deadline, deadline);
        ICage cage = isolation == IsolationMode.None
            ? new OpenCage(folder)
            : await BubblewrapCage.CreateAsync(folder, etc, _ => { });
        cage.Prepare();
        return cage;
    }

    /// <summary>Takes over what an earlier server has built.</summary>
    /// <returns>Null if it has ended.</returns>
    internal ICage? Adopt(SandboxFolder folder, ProcessIdentity? init)
    {
        if (isolation == IsolationMode.None || init is null) return null;
        var cage = BubblewrapCage.Adopt(folder, init, _ => { });
        cage?.Prepare();
        return cage;
    }

    /// <summary>Ends every process in it; the files stay.</summary>
    internal static Task TearDownAsync(ICage cage) => cage.KillAsync();

    /// <summary>The same for what was never adopted.</summary>
    internal static void TearDownRemains(SandboxFolder folder) => OpenCage.KillAll(folder.SandboxId);
}
