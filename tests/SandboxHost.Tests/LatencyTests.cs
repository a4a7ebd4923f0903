using System.Diagnostics;
using System.Net;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

/// <summary>Prints what things cost; the limits are wide enough for a busy machine.</summary>
public sealed class LatencyTests(SharedHost shared)
{
    private const int Rounds = 30;

    [Fact]
    public async Task Sandboxes_and_commands_start_quickly()
    {
        var (create, firstCommand, output, files) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            var sandbox = await shared.Host.CreateAsync();
            create.Add(watch.Elapsed.TotalMilliseconds);
            await FirstOutputAsync(sandbox);
            firstCommand.Add(watch.Elapsed.TotalMilliseconds);
            await Task.Delay(20, TestContext.Current.CancellationToken); // a turn has other things to do between commands
            watch.Restart();
            await FirstOutputAsync(sandbox);
            output.Add(watch.Elapsed.TotalMilliseconds);
            watch.Restart();
            await WriteFourFilesAsync(sandbox);
            files.Add(watch.Elapsed.TotalMilliseconds);
            await shared.Host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, HttpStatusCode.NoContent);
        }

        Report("create", create, 500);
        Report("create to first output", firstCommand, 500);
        Report("Start to first output", output, 100);
        Report("four files in one request", files, 100);
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

    private static void Report(string what, List<double> milliseconds, double limit)
    {
        milliseconds.Sort();
        var median = milliseconds[milliseconds.Count / 2];
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{what}: median {median:0.0} ms, p90 {milliseconds[milliseconds.Count * 9 / 10]:0.0} ms, min {milliseconds[0]:0.0} ms");
        Assert.True(median < limit, $"{what} took {median:0.0} ms");
    }
}
