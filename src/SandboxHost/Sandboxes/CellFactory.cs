using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Network;
using Colloquy.SandboxHost.Templates;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>Builds what holds a sandbox while it runs: the one place that knows all its parts.</summary>
/// <param name="limits">Null without isolation: nothing holds such sandboxes.</param>
internal sealed class CellFactory(
    DataFolder data, TemplateStore templates, SandboxNetworks networks, HostLimits? limits, ILogger log)
{
    /// <summary>Builds one over the files in the folder, or over none yet.</summary>
    /// <param name="deadline">When it ends itself, from now, if nobody writes another.</param>
    /// <exception cref="TemplateException"/>
    /// <exception cref="InvalidOperationException">It cannot be made; the message says why. Nothing is left running.</exception>
    internal async Task<Cell> BuildAsync(SandboxFolder folder, CellShape shape, TimeSpan deadline)
    {
        var template = await TemplateOfAsync(shape);
        var environment = EnvironmentOf(folder, template, shape);
        SandboxResources? resources = null;
        ICage? cage = null;
        try
        {
            if (limits is not null) resources = await AllocateAsync(limits, shape, folder);
            folder.Prepare();
            Deadline.Write(folder.Deadline, deadline);
            cage = resources is null
                ? new OpenCage(folder, environment)
                : await BubblewrapCage.CreateAsync(
                    folder, data.EtcFor(shape.Network), template.Mounts, SettingsOf(folder, environment, resources));
            cage.Prepare();
            var network = await networks.OpenAsync(cage.Namespaces, shape.Network, folder.FullPath);
            return new Cell(cage, resources, network, environment, template.Start);
        }
        catch (Exception failure)
        {
            if (cage is not null) await cage.KillAsync();
            if (resources is not null) await resources.ReleaseAsync(keepFiles: true);
            if (failure is IOException) throw new InvalidOperationException($"The sandbox cannot be made: {failure.Message}", failure);
            throw;
        }
    }

    /// <summary>Takes over what an earlier server has built.</summary>
    /// <param name="frozen">Its processes stand still; nothing can enter.</param>
    /// <returns>Null if it has ended.</returns>
    /// <exception cref="TemplateException"/>
    /// <exception cref="IOException"/>
    internal async Task<Cell?> AdoptAsync(SandboxFolder folder, CellShape shape, ProcessIdentity? init, bool frozen)
    {
        if (limits is null || init is not { IsRunning: true }) return null;
        var environment = EnvironmentOf(folder, await TemplateOfAsync(shape), shape);
        var resources = await SandboxResources.OpenAsync(limits, LimitsOf(limits, shape), folder.SandboxId, folder.FullPath);
        var cage = BubblewrapCage.Adopt(init, SettingsOf(folder, environment, resources));
        if (cage is null)
        {
            await resources.ReleaseAsync(keepFiles: true);
            return null;
        }

        try
        {
            // A server that died while it froze or thawed this one has recorded that it runs.
            if (!frozen && resources.Cgroup.CanFreeze) await resources.Cgroup.ThawAsync();
            if (!frozen) cage.Prepare();
            return new Cell(cage, resources, await ReconnectAsync(cage, shape.Network, folder), environment);
        }
        catch
        {
            await cage.LeaveAsync();
            throw;
        }
    }

    /// <summary>Removes what is left of the limits of sandboxes that nobody knows any more.</summary>
    /// <exception cref="IOException"/>
    internal Task RemoveLeftoversAsync(IReadOnlySet<string> known) =>
        limits is null ? Task.CompletedTask : limits.Cgroups.RemoveLeftoversAsync(known);

    // A sandbox without its network is better than none: its processes and files are all there.
    private async Task<SandboxNetwork> ReconnectAsync(BubblewrapCage cage, NetworkMode mode, SandboxFolder folder)
    {
        try
        {
            return await networks.OpenAsync(cage.Namespaces, mode, folder.FullPath);
        }
        catch (Exception failure) when (failure is InvalidOperationException or SandboxGoneException)
        {
            log.NotReconnected(folder.SandboxId, failure);
            return await networks.OpenAsync(cage.Namespaces, NetworkMode.None, folder.FullPath);
        }
    }

    private async Task<Template> TemplateOfAsync(CellShape shape) =>
        await templates.FindAsync(shape.Template, CancellationToken.None)
        ?? throw new TemplateException($"Template '{shape.Template}' is no longer there; the sandbox cannot run without it.");

    private static EntrySettings SettingsOf(
        SandboxFolder folder, IReadOnlyDictionary<string, string> environment, SandboxResources resources) =>
        EntrySettings.Of(folder, BubblewrapArguments.Home, environment, resources.CageLimits);

    private IReadOnlyDictionary<string, string> EnvironmentOf(SandboxFolder folder, Template template, CellShape shape) =>
        SandboxEnvironment.Of(folder.SandboxId, template, networks.Environment(shape.Network));

    private static Task<SandboxResources> AllocateAsync(HostLimits host, CellShape shape, SandboxFolder folder)
    {
        var limits = LimitsOf(host, shape);
        if (Directory.Exists(folder.Disk)) return SandboxResources.OpenAsync(host, limits, folder.SandboxId, folder.FullPath);
        Directory.CreateDirectory(folder.FullPath);
        return SandboxResources.CreateAsync(host, limits, folder.SandboxId, folder.FullPath);
    }

    private static SandboxLimits LimitsOf(HostLimits host, CellShape shape) => shape.Limits ?? host.Limits;
}
