using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Limits;

public sealed class ProcessScanTests(SharedHost shared)
{
    [Fact]
    public async Task Processes_of_one_sandbox_are_summed()
    {
        var sandbox = await shared.Host.CreateAsync();
        using var stream = await sandbox.ShellAsync(
            "perl -e '$x = \"a\" x 50_000_000; print \"big\\n\"; $| = 1; print \"\"; 1 while 1'");
        await stream.StartedAsync();
        await stream.NextOutputAsync();
        var space = ProcessScan.NamespaceOf(shared.Host.InitOf(sandbox).Pid)!;
        while (ProcessScan.Read()[space].CpuTime < TimeSpan.FromMilliseconds(50)) await Task.Delay(5, TestContext.Current.CancellationToken);
        var sum = ProcessScan.Read()[space];
        Assert.InRange(sum.MemoryBytes, 50_000_000, 200_000_000);
        Assert.InRange(sum.Threads, 3, 10);
    }

    [Fact]
    public void Process_that_is_gone_has_no_namespace() => Assert.Null(ProcessScan.NamespaceOf(int.MaxValue));
}
