using System.Diagnostics;
using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Tests.Limits;

public sealed class CommandRlimitsTests
{
    private static readonly SandboxLimits Limits = new(MemoryMiB: 256, VCpus: 1, MaxProcesses: 200, DiskMiB: 1);

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    public async Task Every_shell_takes_the_limits(string shell)
    {
        var (limits, errors, _) = await RunAsync(shell, "cat /proc/self/limits");
        Assert.Equal("", errors);
        Assert.Matches(@"Max core file size +0 +0 ", limits);
        Assert.Matches(@"Max data size +268435456 +268435456 ", limits);
        Assert.Matches(@"Max processes +200 +200 ", limits);
        Assert.Matches(@"Max open files +16384 +16384 ", limits);
    }

    [Fact]
    public async Task Process_over_its_memory_fails_and_node_runs_within_it()
    {
        var (output, errors, code) = await RunAsync("sh", "perl -e '$x = \"a\" x 400_000_000; print \"got it\"'");
        Assert.NotEqual(0, code);
        Assert.Equal("", output);
        Assert.Contains("Out of memory", errors, StringComparison.Ordinal);
        if (!File.Exists("/usr/bin/node") && !File.Exists("/usr/local/bin/node")) return;
        Assert.Equal("runs\n", (await RunAsync("sh", "node -e 'console.log(\"runs\")'")).Output);
    }

    [Fact]
    public async Task Stricter_limits_stay()
    {
        var (limits, errors, _) = await RunAsync("sh", "cat /proc/self/limits", before: "ulimit -n 100; ulimit -d 1000; setpriv --bounding-set=-all --inh-caps=-all --reuid 65534 --clear-groups ");
        Assert.Equal("", errors);
        Assert.Matches(@"Max open files +100 +100 ", limits);
        Assert.Matches(@"Max data size +1024000 +1024000 ", limits);
    }

    [Fact]
    public void Without_need_only_files_and_cores_are_limited() => Assert.Equal(
        "ulimit -c 0\nulimit -n 16384 2>/dev/null\n", CommandRlimits.Script(Limits, memory: false, processes: false));

    private static async Task<(string Output, string Errors, int Code)> RunAsync(string shell, string command, string before = "")
    {
        var script = $"{CommandRlimits.Script(Limits, memory: true, processes: true)}exec {command}";
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{before} exec \"$@\"".Replace("  exec", "", StringComparison.Ordinal), "sh", shell, "-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel);
        return (await output, await errors, process.ExitCode);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
