using System.Globalization;

namespace Colloquy.SandboxHost.Limits;

/// <summary>Makes controllers of v2 available to groups below a given one.</summary>
internal static class CgroupDelegation
{
    /// <summary>Where a server goes that makes room for groups beside it.</summary>
    internal const string ServerLeaf = "colloquy-server";

    private const string SubtreeControl = "cgroup.subtree_control";

    /// <summary>The group below which a server in <paramref name="own"/> makes its groups.</summary>
    internal static string BaseOf(string own) => Path.GetFileName(own) == ServerLeaf ? Path.GetDirectoryName(own)! : own;

    /// <summary>
    /// Enables the controllers. In v2 a group that passes controllers on may hold no process itself, so this process
    /// moves into a group of its own below, if it is the only one there. Others are not ours to move.
    /// </summary>
    /// <exception cref="IOException">It cannot be done; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException"/>
    internal static void Enable(string folder, IReadOnlyList<string> controllers, int serverPid)
    {
        var enabled = Words(folder, SubtreeControl);
        string[] missing = [.. controllers.Where(controller => !enabled.Contains(controller))];
        if (missing.Length == 0) return;
        var wanted = string.Join(' ', missing.Select(controller => $"+{controller}"));
        if (CgroupFile.Processes(folder) is [var only] && only == serverPid) MoveToLeaf(folder, serverPid);
        try
        {
            CgroupFile.Write(folder, SubtreeControl, wanted);
        }
        catch (IOException refused) when (CgroupFile.Processes(folder).Count > 0)
        {
            throw new IOException(
                $"{folder} holds other processes than this server, so it cannot be divided ({refused.Message}). "
                + "Start the server in a group of its own, such as with systemd-run --scope -p Delegate=yes.",
                refused);
        }
    }

    /// <summary>The controllers that a group may pass on.</summary>
    internal static IReadOnlyList<string> Available(string folder) => Words(folder, "cgroup.controllers");

    private static void MoveToLeaf(string folder, int pid)
    {
        var leaf = Directory.CreateDirectory(Path.Combine(folder, ServerLeaf)).FullName;
        CgroupFile.Write(leaf, "cgroup.procs", pid.ToString(CultureInfo.InvariantCulture));
    }

    private static string[] Words(string folder, string file) =>
        CgroupFile.Read(folder, file).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
