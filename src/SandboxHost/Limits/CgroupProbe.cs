namespace Colloquy.SandboxHost.Limits;

/// <summary>Finds out whether a controller can really be used, by using it once.</summary>
internal static class CgroupProbe
{
    /// <summary>Makes the host's group for this controller and tries the limits on a group below it.</summary>
    /// <param name="name">Of the host's group.</param>
    /// <exception cref="IOException">It cannot be used; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException"/>
    internal static CgroupFolder Use(
        string controller, string name, IReadOnlyList<CgroupHierarchy> hierarchies, SandboxLimits trial)
    {
        var parent = ParentFor(controller, hierarchies);
        var host = parent with { Path = Path.Combine(parent.Path, name) };
        Directory.CreateDirectory(host.Path);
        if (parent.IsV2 && IsDelegated(controller)) CgroupDelegation.Enable(host.Path, [controller], Environment.ProcessId);
        var probe = host with { Path = Path.Combine(host.Path, $"probe-{Environment.ProcessId}") };
        try
        {
            Apply(controller, probe, trial);
        }
        finally
        {
            if (Directory.Exists(probe.Path)) Directory.Delete(probe.Path);
        }

        return host;
    }

    /// <summary>Makes the group, if it is not there yet, and sets its limits.</summary>
    /// <exception cref="IOException"/>
    /// <exception cref="UnauthorizedAccessException"/>
    internal static void Apply(string controller, CgroupFolder folder, SandboxLimits limits)
    {
        Directory.CreateDirectory(folder.Path);
        foreach (var setting in CgroupSettings.For(controller, folder.IsV2, limits))
        {
            if (!setting.Optional || File.Exists(Path.Combine(folder.Path, setting.File)))
                CgroupFile.Write(folder.Path, setting.File, setting.Value);
        }
    }

    /// <summary>The controllers that a folder of this hierarchy stands for.</summary>
    internal static IEnumerable<string> ControllersOf(CgroupHierarchy hierarchy, string folder) => hierarchy.IsV2
        ? CgroupSettings.Controllers.Where(one => !IsDelegated(one) || CgroupDelegation.Available(folder).Contains(one))
        : CgroupSettings.Controllers.Where(hierarchy.Controllers.Contains);

    // v1 where it has the controller, for then v2 has not; and for the freezer, since a shell can enter groups of v1
    // at no cost, see SandboxCgroup.EnterScript.
    private static CgroupFolder ParentFor(string controller, IReadOnlyList<CgroupHierarchy> hierarchies)
    {
        if (hierarchies.FirstOrDefault(one => !one.IsV2 && one.Controllers.Contains(controller)) is { } v1)
            return new CgroupFolder(v1.Own, IsV2: false);
        if (hierarchies.FirstOrDefault(one => one.IsV2) is not { } v2) throw new IOException("no control groups are mounted");
        var parent = CgroupDelegation.BaseOf(v2.Own);
        if (IsDelegated(controller))
        {
            if (!CgroupDelegation.Available(parent).Contains(controller))
                throw new IOException($"the controller is not delegated to {parent}");
            CgroupDelegation.Enable(parent, [controller], Environment.ProcessId);
        }

        return new CgroupFolder(parent, IsV2: true);
    }

    // Every group of v2 counts CPU time and can be frozen.
    private static bool IsDelegated(string controller) =>
        controller is CgroupSettings.Memory or CgroupSettings.Cpu or CgroupSettings.Processes;
}
