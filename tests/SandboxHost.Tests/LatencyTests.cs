using System.Diagnostics;
using System.Net;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

/// <summary>Prints what things cost; the limits are wide enough for a busy machine.</summary>
public sealed class LatencyTests
{
    private const int Rounds = 30;

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Sandboxes_and_commands_start_quickly(int spares)
    {
        await using var host = await TestHost.StartAsync(spares: spares);
        var (bare, create, firstCommand) = (new List<double>(), new List<double>(), new List<double>());
        var (output, files) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            bare.Add(await BareBubblewrapAsync(host));
            var watch = Stopwatch.StartNew();
            var sandbox = await host.CreateAsync();
            create.Add(watch.Elapsed.TotalMilliseconds);
            await FirstOutputAsync(sandbox);
            firstCommand.Add(watch.Elapsed.TotalMilliseconds);
            await Task.Delay(50, TestContext.Current.CancellationToken); // a turn has other things to do between commands
            watch.Restart();
            await FirstOutputAsync(sandbox);
            output.Add(watch.Elapsed.TotalMilliseconds);
            watch.Restart();
            await WriteFourFilesAsync(sandbox);
            files.Add(watch.Elapsed.TotalMilliseconds);
            await host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
        }

        var limit = Report("bare bwrap true", bare, 500);
        Report("create", create, 500);
        var first = Report("create to first output", firstCommand, 500);
        Report("Start to first output", output, 100);
        Report("four files in one request", files, 100);
        TestContext.Current.TestOutputHelper!.WriteLine($"with {spares} spare: {first / limit:0.0} times bare bwrap");
    }

    /// <summary>The same view, made for nothing but <c>true</c>.</summary>
    private static async Task<double> BareBubblewrapAsync(TestHost host)
    {
        var folder = new SandboxFolder(Path.Combine(host.DataFolder, "bare"));
        folder.Prepare();
        Deadline.Write(folder.Deadline, TimeSpan.FromMinutes(1));
        var arguments = BubblewrapArguments.Build(folder, Path.Combine(host.DataFolder, "etc"), new Dictionary<string, string>());
        List<string> view = [.. arguments.TakeWhile(argument => argument != "--info-fd"), "--", "true"];
        var watch = Stopwatch.StartNew();
        var status = await Child.Start(Tools.Bubblewrap, view, [], [NoInput.Fd, NoInput.Fd, NoInput.Fd]).Exited;
        Assert.Equal(0, status.Code);
        return watch.Elapsed.TotalMilliseconds;
    }

    private static async Task FirstOutputAsync(TestSandbox sandbox)
    {
        using var stream = await sandbox.OpenAsync("Start", new { process = new { cmd = "echo", args = new[] { "x" } }, stdin = false });
        await stream.StartedAsync();
        Assert.Equal("x\n", await stream.NextOutputAsync());
    }

    private static async Task WriteFourFilesAsync(TestSandbox sandbox)
    {
        using var form = new MultipartFormDataContent();
        for (var i = 0; i < 4; i++) form.Add(new StringContent("content"), "file", $".colloquy/turns/t/{i}");
        using var response = await sandbox.SendAsync(HttpMethod.Post, "/files", form);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static double Report(string what, List<double> milliseconds, double limit)
    {
        milliseconds.Sort();
        var median = milliseconds[milliseconds.Count / 2];
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{what}: median {median:0.0} ms, p90 {milliseconds[milliseconds.Count * 9 / 10]:0.0} ms, min {milliseconds[0]:0.0} ms");
        Assert.True(median < limit, $"{what} took {median:0.0} ms");
        return median;
    }
}
