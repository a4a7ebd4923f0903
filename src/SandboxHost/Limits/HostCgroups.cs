using System.Security.Cryptography;
using System.Text;

namespace Colloquy.SandboxHost.Limits;

/// <summary>
/// The control groups of one host, below the group of its process: what limits the server limits all its sandboxes
/// together.
/// </summary>
internal sealed class HostCgroups
{
    private readonly Dictionary<string, CgroupFolder> _current = [];
    private readonly Dictionary<string, string> _refusals = [];
    private readonly List<(string Controller, CgroupFolder Folder)> _all = [];

    private HostCgroups()
    {
    }

    /// <summary>The controllers in use and the host's group in each.</summary>
    internal IReadOnlyDictionary<string, CgroupFolder> InForce => _current;

    /// <summary>The controllers that cannot be used, and why.</summary>
    internal IReadOnlyDictionary<string, string> Refusals => _refusals;

    /// <param name="name">The same for every server on one data folder, and no other's: see <see cref="NameFor"/>.</param>
    /// <param name="trial">Limits that must be accepted for a controller to count as usable.</param>
    internal static HostCgroups Detect(string name, IReadOnlyList<CgroupHierarchy> hierarchies, SandboxLimits trial)
    {
        var found = new HostCgroups();
        foreach (var controller in CgroupSettings.Controllers)
        {
            try
            {
                found._current[controller] = CgroupProbe.Use(controller, name, hierarchies, trial);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                found._refusals[controller] = refused.Message;
            }
        }

        found._all.AddRange(found._current.Select(entry => (entry.Key, entry.Value)));
        found._all.AddRange(Everywhere(name, hierarchies));
        return found;
    }

    /// <summary>A name for the groups of the host whose data is in this folder.</summary>
    internal static string NameFor(string dataFolder)
    {
        // Containers may show each other their groups while all of them call their data folder the same.
        var file = Path.Combine(dataFolder, "host-id");
        if (!File.Exists(file)) File.WriteAllText(file, RandomNumberGenerator.GetHexString(32, lowercase: true));
        var identity = $"{Path.GetFullPath(dataFolder)}\n{File.ReadAllText(file)}";
        return "colloquy-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..16];
    }

    /// <exception cref="IOException">The kernel refused; nothing is left.</exception>
    internal SandboxCgroup Create(string id, SandboxLimits limits)
    {
        var groups = _current.ToDictionary(entry => entry.Key, entry => Below(entry.Value, id));
        try
        {
            foreach (var (controller, folder) in groups) CgroupProbe.Apply(controller, folder, limits);
            return new SandboxCgroup(groups);
        }
        catch
        {
            foreach (var folder in groups.Values.Where(folder => Directory.Exists(folder.Path))) Directory.Delete(folder.Path);
            throw;
        }
    }

    /// <returns>The groups that an earlier server made for the sandbox; null if there are none.</returns>
    internal SandboxCgroup? Open(string id)
    {
        var groups = _all.Select(host => (host.Controller, Folder: Below(host.Folder, id)))
            .Where(group => Directory.Exists(group.Folder.Path))
            .DistinctBy(group => group.Controller)
            .ToDictionary(group => group.Controller, group => group.Folder);
        return groups.Count > 0 ? new SandboxCgroup(groups) : null;
    }

    /// <summary>Kills what runs in groups of sandboxes that nobody knows any more, and removes the groups.</summary>
    /// <returns>The sandboxes whose they were.</returns>
    /// <exception cref="IOException">One of them cannot be removed.</exception>
    internal async Task<IReadOnlyList<string>> RemoveLeftoversAsync(IReadOnlySet<string> known)
    {
        string[] leftovers = [.. HostFolders().SelectMany(Directory.EnumerateDirectories)
            .Select(folder => Path.GetFileName(folder)!).Distinct().Where(id => !known.Contains(id))];
        foreach (var id in leftovers)
        {
            // Again if it has groups in several places.
            while (Open(id) is { } group)
            {
                await group.KillAllAsync();
                await group.DeleteAsync();
            }
        }

        return leftovers;
    }

    /// <summary>Removes the host's own groups as far as no sandbox is in them any more.</summary>
    internal void RemoveIfEmpty()
    {
        foreach (var folder in HostFolders().Where(folder => !Directory.EnumerateDirectories(folder).Any())) Directory.Delete(folder);
    }

    private IEnumerable<string> HostFolders() => _all.Select(host => host.Folder.Path).Distinct().Where(Directory.Exists);

    private static CgroupFolder Below(CgroupFolder host, string id) => host with { Path = Path.Combine(host.Path, id) };

    // An earlier server may have been started in another group than this one.
    private static IEnumerable<(string Controller, CgroupFolder Folder)> Everywhere(
        string name, IReadOnlyList<CgroupHierarchy> hierarchies) =>
        from hierarchy in hierarchies
        from path in Directory.EnumerateDirectories(
            hierarchy.Mount, name, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
        from controller in CgroupProbe.ControllersOf(hierarchy, path)
        select (controller, new CgroupFolder(path, hierarchy.IsV2));
}
