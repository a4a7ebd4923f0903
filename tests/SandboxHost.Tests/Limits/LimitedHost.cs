using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Limits;

/// <summary>A host whose sandboxes may use little, by the best means of this machine.</summary>
public sealed class LimitedHost : IAsyncLifetime
{
    public TestHost Host { get; private set; } = null!;

    internal static void Configure(SandboxHostOptions options) =>
        (options.MemoryMiB, options.VCpus, options.MaxProcesses, options.DiskMiB) = (96, 1, 64, 16);

    /// <summary>Skips the test where the machine cannot limit this.</summary>
    internal static void Need(params string[] controllers)
    {
        var folder = Directory.CreateTempSubdirectory("limits-");
        var groups = HostCgroups.Detect(HostCgroups.NameFor(folder.FullName), CgroupHierarchy.Read(), TestCgroups.Limits);
        groups.RemoveIfEmpty();
        folder.Delete(recursive: true);
        if (controllers.FirstOrDefault(groups.Refusals.ContainsKey) is { } missing)
            Assert.Skip($"No control groups for {missing}: {groups.Refusals[missing]}");
    }

    internal static async Task NeedImagesAsync()
    {
        var folder = Directory.CreateTempSubdirectory("limits-");
        var refusal = await SandboxDisk.ProbeAsync(folder.FullName);
        folder.Delete(recursive: true);
        if (refusal is not null) Assert.Skip($"No disk images: {refusal}");
    }

    public async ValueTask InitializeAsync() => Host = await TestHost.StartAsync(configure: Configure);

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
