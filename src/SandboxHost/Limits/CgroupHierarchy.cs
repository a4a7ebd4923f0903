namespace Colloquy.SandboxHost.Limits;

/// <summary>A tree of control groups, as far as this process can see it.</summary>
/// <param name="Mount">Its root.</param>
/// <param name="Own">The folder of the group that this process is in.</param>
/// <param name="IsV2">Else it is one of the older, separate hierarchies.</param>
/// <param name="Controllers">What v1 mounts in this tree; v2 says it per group instead.</param>
internal sealed record CgroupHierarchy(string Mount, string Own, bool IsV2, IReadOnlyList<string> Controllers)
{
    internal static IReadOnlyList<CgroupHierarchy> Read() =>
        Find(MountTable.Read(), File.ReadAllText("/proc/self/cgroup"));

    /// <param name="ownGroups">The content of <c>/proc/self/cgroup</c>.</param>
    internal static IReadOnlyList<CgroupHierarchy> Find(IEnumerable<Mount> mounts, string ownGroups)
    {
        var own = ownGroups.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(':', 3)).ToArray();
        var found = new List<CgroupHierarchy>();
        foreach (var mount in mounts.Where(mount => mount.Type is "cgroup" or "cgroup2"))
        {
            var isV2 = mount.Type == "cgroup2";
            var group = own.FirstOrDefault(line => isV2
                ? line[0] == "0"
                : line[1].Length > 0 && line[1].Split(',').All(mount.SuperOptions.Contains));
            if (group is null || FolderOf(mount, group[2]) is not { } folder) continue;
            found.Add(new CgroupHierarchy(mount.Point, folder, isV2, isV2 ? [] : group[1].Split(',')));
        }

        return found;
    }

    // A container may see a part of the tree only; a group outside of that part has no folder here.
    private static string? FolderOf(Mount mount, string group)
    {
        var root = mount.Root == "/" ? "" : mount.Root;
        if (group != root && !group.StartsWith(root + "/", StringComparison.Ordinal)) return null;
        return (mount.Point + group[root.Length..]).TrimEnd('/');
    }
}
