using System.Text;
using System.Text.Json.Nodes;
using Colloquy.Grains.Sandboxes;
using Colloquy.Silo.Sandboxes.E2B;
using CsCheck;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class E2BProcessTests : E2BTest
{
    private const string Start = "POST /process.Process/Start";
    private static readonly ProcessSpec Bash = new("/bin/bash", ["-l", "-c", "x"]);

    [Fact]
    public async Task Start_sends_one_envelope_and_no_deadline()
    {
        await RunAsync(Bash);

        var request = Assert.Single(Server.To(Start));
        byte[] header = [0, 0, 0, 0, 0x44];
        Assert.Equal(header, request.Body[..5]);
        Assert.Equal(
            """{"process":{"cmd":"/bin/bash","args":["-l","-c","x"]},"stdin":false}""",
            Encoding.UTF8.GetString(request.Body[5..]));
        Assert.Equal("application/connect+json", request.Headers["Content-Type"]);
        Assert.Equal("1", request.Headers["Connect-Protocol-Version"]);
        Assert.Equal("50", request.Headers["Keepalive-Ping-Interval"]);
        Assert.Equal("49983", request.Headers["E2b-Sandbox-Port"]);
        Assert.Equal("Basic dXNlcjo=", request.Headers["Authorization"]);
        Assert.DoesNotContain("Connect-Timeout-Ms", request.Headers.Keys);
        Assert.DoesNotContain("X-API-KEY", request.Headers.Keys);
    }

    [Fact]
    public async Task Start_sends_environment_and_folder_if_there_are_any()
    {
        await RunAsync(Bash with { Environment = new Dictionary<string, string> { ["A"] = "ä" }, WorkingDirectory = "/tmp" });

        var process = JsonNode.Parse(Server.To(Start).Single().Body.AsSpan(5))!["process"]!;
        Assert.Equal("ä", (string?)process["envs"]!["A"]);
        Assert.Equal("/tmp", (string?)process["cwd"]);
    }

    [Fact]
    public async Task Output_arrives_unchanged_however_it_is_cut_into_pieces()
    {
        var chunks = Gen.Select(Gen.Byte.Array[0, 200], Gen.Bool).List[0, 8];
        await chunks.SampleAsync(
            async output =>
            {
                Server.Process = async script =>
                {
                    await script.StartAsync(pid: 7);
                    foreach (var (bytes, isError) in output)
                    {
                        await script.KeepaliveAsync();
                        await (isError ? script.StderrAsync(bytes) : script.StdoutAsync(bytes));
                    }

                    await script.EndAsync(exitCode: 0);
                };

                var events = await RunAsync(Bash);

                Assert.Equal(new ProcessStarted(7), events[0]);
                foreach (var isError in new[] { false, true })
                {
                    Assert.Equal(
                        output.Where(chunk => chunk.Item2 == isError).SelectMany(chunk => chunk.Item1), Bytes(events, isError));
                }

                Assert.Equal(new ProcessEnded(0, "exit status 0"), events[^1]);
            },
            iter: 30,
            threads: 1);
    }

    [Fact]
    public async Task Output_of_megabytes_in_large_frames_arrives_unchanged()
    {
        var chunk = Enumerable.Range(0, 300_000).Select(i => (byte)i).ToArray();
        Server.Process = async script =>
        {
            for (var i = 0; i < 20; i++)
            {
                await script.StdoutAsync(chunk);
            }

            await script.EndAsync(0);
        };

        var bytes = Bytes(await RunAsync(Bash), isError: false);

        Assert.True(bytes.AsSpan().SequenceEqual(Enumerable.Repeat(chunk, 20).SelectMany(part => part).ToArray()));
    }

    [Theory]
    [InlineData("""{"event":{"end":{"exited":true,"status":"exit status 0"}}}""", 0, "exit status 0")]
    [InlineData("""{"event":{"end":{"exitCode":3,"exited":true,"status":"exit status 3","error":"x"}}}""", 3, "exit status 3")]
    [InlineData("""{"event":{"end":{"exitCode":-1,"status":"signal: killed","new":{}}}}""", -1, "signal: killed")]
    [InlineData("""{"event":{"end":{}}}""", 0, "")]
    public async Task End_is_read_with_what_was_left_out(string json, int exitCode, string status)
    {
        Server.Process = async script =>
        {
            await script.SendAsync(json);
            await script.TrailerAsync("{}");
        };

        Assert.Equal([new ProcessEnded(exitCode, status)], await RunAsync(Bash));
    }

    [Fact]
    public async Task End_is_told_before_the_stream_ends()
    {
        Server.Process = async script =>
        {
            await script.SendAsync("""{"event":{"end":{}}}""");
            await script.SilenceAsync();
        };

        Assert.Single(await RunAsync(Bash));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"error":{"code":"unavailable","message":"connection ended"}}""")]
    [InlineData("""{"error":{"code":502,"message":"not found"}}""")]
    [InlineData("""{"error":{"message":"no code"}}""")]
    public async Task Stream_with_a_trailer_but_no_end_is_a_failure(string trailer)
    {
        Server.Process = script => script.TrailerAsync(trailer);
        await FailureAsync(SandboxFailure.Unavailable, () => RunAsync(Bash));

        KillWhileRunning(script => script.TrailerAsync(trailer));
        await FailureAsync(SandboxFailure.Gone, () => RunAsync(Bash));
    }

    [Fact]
    public async Task Stream_that_is_cut_is_a_failure()
    {
        Server.Process = async script =>
        {
            await script.StartAsync(7);
            script.Cut();
        };
        await FailureAsync(SandboxFailure.Unavailable, () => RunAsync(Bash));

        KillWhileRunning(script =>
        {
            script.Cut();
            return Task.CompletedTask;
        });
        await FailureAsync(SandboxFailure.Gone, () => RunAsync(Bash));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 9, (byte)'{' })]
    [InlineData(new byte[] { 0, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 2, (byte)'{', (byte)'}' })]
    [InlineData(new byte[] { 0, 0, 0, 0, 1, (byte)'<' })]
    [InlineData(new byte[] { 2, 0, 0, 0, 1, (byte)'<' })]
    public async Task Stream_that_breaks_the_protocol_is_a_failure(byte[] bytes)
    {
        Server.Process = script => script.WriteAsync(bytes);

        await FailureAsync(SandboxFailure.Unavailable, () => RunAsync(Bash));
    }

    [Theory]
    [InlineData("\"invalid_argument\"", SandboxFailure.Refused)]
    [InlineData("400", SandboxFailure.Refused)]
    [InlineData("\"unauthenticated\"", SandboxFailure.Refused)]
    [InlineData("\"resource_exhausted\"", SandboxFailure.LimitReached)]
    public async Task Stream_that_says_why_it_failed_is_understood(string code, SandboxFailure failure)
    {
        Server.Process = script => script.TrailerAsync($$$"""{"error":{"code":{{{code}}},"message":"cwd does not exist"}}""");

        var exception = await FailureAsync(failure, () => RunAsync(Bash));

        Assert.Contains("cwd does not exist", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, SandboxFailure.Refused)]
    [InlineData(429, SandboxFailure.LimitReached)]
    [InlineData(502, SandboxFailure.Unavailable)]
    public async Task Start_that_is_answered_with_an_error_is_not_repeated(int status, SandboxFailure failure)
    {
        Server.Next(Start, status, $$"""{"code":{{status}},"message":"why","sandboxId":"i0"}""", retryAfter: "1");

        await FailureAsync(failure, () => RunAsync(Bash));

        Assert.Single(Server.To(Start));
    }

    [Fact]
    public async Task Start_in_a_sandbox_that_has_ended_says_that_it_is_gone()
    {
        var sandbox = await CreateAsync();
        Server.Sandboxes.Clear();

        await FailureAsync(SandboxFailure.Gone, () => RunAsync(Bash, sandbox));
    }

    [Fact]
    public async Task Start_answered_with_something_else_is_a_failure()
    {
        Server.Next(Start, 200, "<html>");

        await FailureAsync(SandboxFailure.Unavailable, () => RunAsync(Bash));
    }

    [Fact]
    public async Task Silence_for_longer_than_keepalives_allow_is_a_failure()
    {
        Server.Process = async script =>
        {
            await script.StartAsync(7);
            await script.SilenceAsync();
        };
        var sandbox = await CreateAsync();
        await using var events = sandbox.StartAsync(Bash, Token).GetAsyncEnumerator(Token);
        Assert.True(await events.MoveNextAsync());
        var next = events.MoveNextAsync().AsTask();

        Time.Advance(ProcessStream.LongestSilence - TimeSpan.FromSeconds(1));
        Assert.False(next.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(1));

        await FailureAsync(SandboxFailure.Unavailable, () => next);
    }

    [Fact]
    public async Task A_consumer_may_take_its_time()
    {
        Server.Process = async script =>
        {
            await script.StartAsync(7);
            await script.EndAsync(0);
        };
        var count = 0;
        await foreach (var _ in (await CreateAsync()).StartAsync(Bash, Token))
        {
            count++;
            Time.Advance(ProcessStream.LongestSilence * 2);
        }

        Assert.Equal(2, count);
    }

    [Fact]
    public async Task Leaving_the_stream_detaches_and_sends_nothing_more()
    {
        var left = new TaskCompletionSource();
        Server.Process = async script =>
        {
            await script.StartAsync(7);
            await script.SilenceAsync();
            left.SetResult();
        };
        var sandbox = await CreateAsync();
        var before = Server.Requests.Count;

        await foreach (var happened in sandbox.StartAsync(Bash, Token))
        {
            Assert.IsType<ProcessStarted>(happened);
            break;
        }

        await left.Task.WaitAsync(Token);
        Assert.Equal(before + 1, Server.Requests.Count);
    }

    [Fact]
    public async Task Cancelling_ends_as_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        Server.Process = async script =>
        {
            await script.StartAsync(7);
            await script.SilenceAsync();
        };
        var sandbox = await CreateAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in sandbox.StartAsync(Bash, cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });
    }

    private async Task<List<ProcessEvent>> RunAsync(ProcessSpec process, ISandbox? sandbox = null)
    {
        List<ProcessEvent> events = [];
        await foreach (var happened in (sandbox ?? await CreateAsync()).StartAsync(process, Token))
        {
            events.Add(happened);
        }

        return events;
    }

    private void KillWhileRunning(Func<ProcessScript, Task> last) => Server.Process = async script =>
    {
        await script.StartAsync(7);
        Server.Sandboxes.Clear();
        await last(script);
    };

    private static byte[] Bytes(IEnumerable<ProcessEvent> events, bool isError) =>
        [.. events.OfType<ProcessOutput>().Where(o => o.IsError == isError).SelectMany(o => o.Bytes.ToArray())];
}
