using System.Net;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Limits;

/// <summary>Sandboxes that ask for other limits than the host gives by itself.</summary>
public sealed class AskedLimitTests(SharedHost shared)
{
    private static readonly object Larger = new { memoryMB = 768, cpuCount = 1, diskSizeMB = 64, autoPause = true };

    private TestHost Host => shared.Host;

    [Fact]
    public async Task Details_say_what_a_sandbox_has_also_after_a_pause()
    {
        var sandbox = await Host.CreateAsync(Larger);
        await RequireAsync(sandbox);

        await Host.JsonAsync(HttpMethod.Post, $"/sandboxes/{sandbox.Id}/pause", new { memory = false }, HttpStatusCode.NoContent);
        await Host.JsonAsync(HttpMethod.Post, $"/v2/sandboxes/{sandbox.Id}/connect", new { timeout = 60 }, HttpStatusCode.Created);

        await RequireAsync(sandbox);
        Assert.Equal(512, (int)(await Host.DetailsAsync(await Host.CreateAsync()))["memoryMB"]!);
    }

    [Fact]
    public async Task Memory_is_limited_at_what_was_asked_for()
    {
        LimitedHost.Need(CgroupSettings.Memory);
        var (small, large) = (await Host.CreateAsync(new { memoryMB = 128 }), await Host.CreateAsync(Larger));

        Assert.Equal("137\n", (await small.RunAsync(Take(200))).Stdout);
        Assert.Equal("got it0\n", (await large.RunAsync(Take(300))).Stdout);
    }

    [Fact]
    public async Task Disk_is_as_large_as_was_asked_for()
    {
        await LimitedHost.NeedImagesAsync();
        var sandbox = await Host.CreateAsync(Larger);

        var result = await sandbox.RunAsync("head -c 80000000 /dev/zero >big");

        Assert.Contains("No space left on device", result.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_the_machine_has_is_refused()
    {
        var refused = await Host.JsonAsync(
            HttpMethod.Post, "/v2/sandboxes", new { templateID = "base", cpuCount = 100_000 }, HttpStatusCode.BadRequest);

        Assert.StartsWith("cpuCount: 100000 is not between 1 and", (string)refused["message"]!, StringComparison.Ordinal);
    }

    private async Task RequireAsync(TestSandbox sandbox)
    {
        var details = await Host.DetailsAsync(sandbox);
        Assert.Equal((1, 768, 64), ((int)details["cpuCount"]!, (int)details["memoryMB"]!, (int)details["diskSizeMB"]!));
    }

    private static string Take(int megabytes) => $"perl -e '$x = \"a\" x {megabytes}_000_000; print \"got it\"'; echo $?";
}
