using Colloquy.SandboxHost.ControlPlane;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Templates;
using CsCheck;

namespace Colloquy.SandboxHost.Tests.Limits;

public sealed class LimitRequestsTests
{
    private static readonly SandboxHostOptions Options = new()
    {
        DataFolder = "/unused",
        ApiKey = "unused",
        MaxVCpus = 8,
        MaxMemoryMiB = 4096,
        MaxDiskMiB = 20480,
    };

    [Fact]
    public void Nothing_asked_for_gives_what_the_host_gives() =>
        Assert.Equal(new SandboxLimits(512, 2, 512, 10240), Resolve(new CreateBody()));

    [Fact]
    public void What_is_asked_for_is_given() => Assert.Equal(
        new SandboxLimits(1536, 4, 512, 20480), Resolve(new CreateBody { CpuCount = 4, MemoryMb = 1536, DiskSizeMb = 20480 }));

    [Theory]
    [InlineData(1024, null, 1024)]
    [InlineData(256, null, 512)]
    [InlineData(100_000, null, 4096)]
    [InlineData(1024, 640, 640)]
    public void Template_gets_the_memory_that_it_needs_unless_less_is_asked_for(int needed, int? asked, int expected) => Assert.Equal(
        expected, Resolve(new CreateBody { MemoryMb = asked }, Template.Base with { MemoryMiB = needed }).MemoryMiB);

    [Theory]
    [InlineData(9, null, null, "cpuCount: 9 is not between 1 and 8", "MaxVCpus")]
    [InlineData(0, null, null, "cpuCount: 0", "MaxVCpus")]
    [InlineData(null, 4097, null, "memoryMB: 4097 is not between 64 and 4096", "MaxMemoryMiB")]
    [InlineData(null, 63, null, "memoryMB: 63", "MaxMemoryMiB")]
    [InlineData(null, null, 20481, "diskSizeMB: 20481 is not between 16 and 20480", "MaxDiskMiB")]
    public void More_than_the_host_gives_is_refused_with_what_it_gives(int? cpus, int? memory, int? disk, string what, string option)
    {
        var refused = Assert.Throws<ApiException>(() => Resolve(new CreateBody { CpuCount = cpus, MemoryMb = memory, DiskSizeMb = disk }));

        Assert.Equal(400, refused.Status);
        Assert.StartsWith(what, refused.Message, StringComparison.Ordinal);
        Assert.Contains(option, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_sandbox_ever_gets_more_than_the_most() =>
        Gen.Select(Gen.Int[-10, 20].Nullable(), Gen.Int[-10, 9000].Nullable(), Gen.Int[-10, 30000].Nullable(), Gen.Int[0, 9000]).Sample((cpus, memory, disk, needed) =>
        {
            try
            {
                var limits = Resolve(
                    new CreateBody { CpuCount = cpus, MemoryMb = memory, DiskSizeMb = disk }, Template.Base with { MemoryMiB = needed });
                Assert.InRange(limits.VCpus, 1, 8);
                Assert.InRange(limits.MemoryMiB, 64, 4096);
                Assert.InRange(limits.DiskMiB, 16, 20480);
            }
            catch (ApiException)
            {
                Assert.True(cpus is < 1 or > 8 || memory is < 64 or > 4096 || disk is < 16 or > 20480);
            }
        });

    private static SandboxLimits Resolve(CreateBody body, Template? template = null) =>
        new LimitRequests(Options).Resolve(body, template ?? Template.Base);
}
