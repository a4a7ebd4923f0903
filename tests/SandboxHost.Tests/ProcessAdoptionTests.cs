using System.Text;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Processes;
using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests;

/// <summary>One list lets go of its processes, as a server's death makes it, and another adopts them.</summary>
public sealed class ProcessAdoptionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(IsolationMode.Bubblewrap)]
    [InlineData(IsolationMode.None)]
    public async Task Adopted_process_takes_input_and_is_followed_to_its_end(IsolationMode isolation)
    {
        await using var world = await TestCage.CreateAsync(isolation);
        var pid = await StartAsync(world, world.Processes, "read line; echo got $line; echo bad >&2; exit 7", stdin: true);

        world.Processes.Detach();
        var process = Adopt(world).Find(pid, null)!;

        Assert.Equal(("/bin/sh", true), (process.Spec.Program, process.IsRunning));
        using var output = process.Subscribe();
        await process.WriteInputAsync("hi\n"u8.ToArray(), Cancel);
        Assert.Equal(("got hi\n", "bad\n", new ExitStatus(7, 0)), await ReadAsync(output));
    }

    [Fact]
    public async Task Process_neither_ends_nor_loses_output_for_want_of_a_server()
    {
        await using var world = await TestCage.CreateAsync(IsolationMode.Bubblewrap);
        var pid = await StartAsync(
            world, world.Processes, "read go; head -c 3000000 /dev/zero | tr '\\0' x; echo whole >count", stdin: true);
        world.Processes.Detach();
        var process = Adopt(world).Find(pid, null)!;
        using var output = process.Subscribe();
        await process.WriteInputAsync("\n"u8.ToArray(), Cancel);
        Assert.NotEmpty((await output.Outputs.ReadAsync(Cancel) as ProcessOutput.Data)!.Bytes.ToArray());

        // It writes now, and has nobody who reads.
        world.Lists[^1].Detach();
        var again = Adopt(world).Find(pid, null)!;
        using var rest = again.Subscribe();
        Assert.Equal(new ExitStatus(0, 0), (await ReadAsync(rest)).Status);
        Assert.Equal("whole\n", await File.ReadAllTextAsync(Path.Combine(world.Home, "count"), Cancel));
    }

    [Fact]
    public async Task Command_that_starts_while_its_list_is_detached_is_the_next_ones_with_all_its_output()
    {
        await using var world = await TestCage.CreateAsync(IsolationMode.Bubblewrap);
        world.Processes.Detach();
        var pid = await StartAsync(world, world.Processes, "read go; seq 1 100000", stdin: true);
        var process = Adopt(world).Find(pid, null)!;
        using var output = process.Subscribe();
        await process.WriteInputAsync("\n"u8.ToArray(), Cancel);
        Assert.Equal(588_895, (await ReadAsync(output)).Stdout.Length);
    }

    [Fact]
    public async Task Input_ends_when_it_is_closed_by_the_adopter_and_stays_closed()
    {
        await using var world = await TestCage.CreateAsync(IsolationMode.Bubblewrap);
        var pid = await StartAsync(world, world.Processes, "cat; echo end; sleep 1000", stdin: true);
        world.Processes.Detach();
        var process = Adopt(world).Find(pid, null)!;
        using var output = process.Subscribe();
        process.CloseInput();
        Assert.Equal("end\n", Encoding.UTF8.GetString((await output.Outputs.ReadAsync(Cancel) as ProcessOutput.Data)!.Bytes.Span));

        world.Lists[^1].Detach();
        await Assert.ThrowsAsync<InputClosedException>(
            () => Adopt(world).Find(pid, null)!.WriteInputAsync("x"u8.ToArray(), Cancel));
    }

    [Fact]
    public async Task Adopted_process_can_be_signalled_and_keeps_its_deadline()
    {
        var time = new FakeTimeProvider();
        await using var world = await TestCage.CreateAsync(IsolationMode.Bubblewrap, time);
        var terminated = await StartAsync(world, world.Processes, "exec sleep 1000");
        var late = await StartAsync(world, world.Processes, "exec sleep 1000", deadline: time.GetUtcNow() + TimeSpan.FromHours(1));
        world.Processes.Detach();
        var adopted = Adopt(world);

        using var first = adopted.Find(terminated, null)!.Subscribe();
        adopted.Find(terminated, null)!.Signal(LibC.SIGTERM);
        Assert.Equal(new ExitStatus(null, LibC.SIGTERM), (await ReadAsync(first)).Status);

        using var second = adopted.Find(late, null)!.Subscribe();
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(new ExitStatus(null, LibC.SIGKILL), (await ReadAsync(second)).Status);
    }

    [Theory]
    [InlineData("exit 9", 9, 0)]
    [InlineData("kill -9 $$", null, 9)]
    public async Task End_without_a_server_is_known_afterwards_and_forgotten_in_time(string end, int? code, int signal)
    {
        var time = new FakeTimeProvider();
        await using var world = await TestCage.CreateAsync(IsolationMode.Bubblewrap, time);
        var pid = await StartAsync(world, world.Processes, $"until [ -e go ]; do sleep 0.01; done; {end}");
        world.Processes.Detach();
        var folder = Assert.Single(world.Started);
        await using (var alive = Fifo.OpenReader(Path.Combine(folder, "alive")))
        {
            await File.WriteAllTextAsync(Path.Combine(world.Home, "go"), "", Cancel);
            while (await alive.ReadAsync(new byte[16], Cancel) > 0)
            {
                // Until the shim ends.
            }
        }

        var adopted = Adopt(world);
        using var output = adopted.Find(pid, null)!.Subscribe();
        Assert.Equal(new ExitStatus(code, signal), (await ReadAsync(output)).Status);
        while (Directory.Exists(folder))
        {
            time.Advance(TimeSpan.FromSeconds(31));
            await Task.Delay(5, Cancel);
        }

        Assert.Null(adopted.Find(pid, null));
    }

    [Fact]
    public async Task What_never_became_a_command_or_cannot_be_read_is_removed()
    {
        await using var world = await TestCage.CreateAsync(IsolationMode.Bubblewrap);
        var waiting = Directory.CreateDirectory(Path.Combine(world.ProcessesFolder, "7")).FullName;
        var broken = Directory.CreateDirectory(Path.Combine(world.ProcessesFolder, "8")).FullName;
        await File.WriteAllTextAsync(Path.Combine(broken, "process.json"), "{", Cancel);
        Assert.Empty(Adopt(world).Running);
        Assert.False(Directory.Exists(waiting) || Directory.Exists(broken));
    }

    [Fact]
    public async Task Process_whose_shim_was_killed_ends_with_it()
    {
        await using var world = await TestCage.CreateAsync(IsolationMode.Bubblewrap);
        var pid = await StartAsync(world, world.Processes, "exec sleep 1000");
        using var output = world.Processes.Find(pid, null)!.Subscribe();
        var record = new ProcessFolder(Assert.Single(world.Started)).ReadRecord()!;
        ProcessTable.SignalIfSame(record.Shim.Pid, record.Shim.StartTime, LibC.SIGKILL);
        Assert.Equal(new ExitStatus(null, LibC.SIGKILL), (await ReadAsync(output)).Status);
        while (ProcessTable.StartTime(record.Process.Pid) is not null) await Task.Delay(5, Cancel);
    }

    private static ProcessList Adopt(TestCage world)
    {
        var list = world.Again();
        list.Adopt();
        return list;
    }

    private static async Task<int> StartAsync(
        TestCage world, ProcessList list, string script, bool stdin = false, DateTimeOffset? deadline = null)
    {
        var spec = new ProcessSpec("/bin/sh", ["-c", script], new Dictionary<string, string>(), null, null, stdin, deadline);
        var (process, output) = (await list.StartAsync(spec))!.Value;
        output.Dispose();
        return process.Pid;
    }

    private static async Task<(string Stdout, string Stderr, ExitStatus Status)> ReadAsync(Subscription output)
    {
        var (stdout, stderr) = (new StringBuilder(), new StringBuilder());
        await foreach (var happened in output.Outputs.ReadAllAsync(Cancel))
        {
            if (happened is ProcessOutput.End { Status: var status }) return (stdout.ToString(), stderr.ToString(), status);
            if (happened is ProcessOutput.Data data) (data.IsError ? stderr : stdout).Append(Encoding.UTF8.GetString(data.Bytes.Span));
        }

        throw new InvalidOperationException("The process has no end.");
    }
}
