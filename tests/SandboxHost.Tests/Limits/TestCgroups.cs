using System.Diagnostics;
using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Tests.Limits;

/// <summary>Control groups of this machine, gone with everything in them at the end.</summary>
internal sealed class TestCgroups : IAsyncDisposable
{
    internal static readonly SandboxLimits Limits = new(MemoryMiB: 64, VCpus: 1, MaxProcesses: 20, DiskMiB: 16);
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("limits-");

    private TestCgroups() => Host = Detect();

    internal HostCgroups Host { get; }

    /// <summary>Skips the test where the machine does not offer the controllers.</summary>
    internal static async Task<TestCgroups> NeedAsync(params string[] controllers)
    {
        var groups = new TestCgroups();
        if (controllers.FirstOrDefault(groups.Host.Refusals.ContainsKey) is not { } missing) return groups;
        await groups.DisposeAsync();
        Assert.Skip($"No control groups for {missing}: {groups.Host.Refusals[missing]}");
        return groups;
    }

    /// <summary>As a server that starts on the same data folder would see them.</summary>
    internal HostCgroups Detect() =>
        HostCgroups.Detect(HostCgroups.NameFor(_data.FullName), CgroupHierarchy.Read(), Limits);

    internal static Process Shell(string script) => Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    public async ValueTask DisposeAsync()
    {
        await Host.RemoveLeftoversAsync(new HashSet<string>());
        Host.RemoveIfEmpty();
        Assert.DoesNotContain(Host.InForce.Values, group => Directory.Exists(group.Path));
        _data.Delete(recursive: true);
    }
}
