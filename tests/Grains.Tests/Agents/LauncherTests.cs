using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Colloquy.Agents;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using CsCheck;
using Xunit;

namespace Colloquy.Grains.Agents;

public sealed class LauncherTests : IDisposable
{
    private readonly LauncherHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 3", 3)]
    [InlineData("kill -KILL $$", 128 + 9)]
    [InlineData("kill -SEGV $$", 128 + 11)]
    [InlineData("kill -INT $$", 128 + 2)]
    public async Task Run_reports_the_agents_exit_code(string script, int expected)
    {
        var finished = await _home.RunAsync(_home.Prepare(script));

        Assert.Equal(0, finished.ExitCode);
        Assert.Equal(expected, finished.AgentExitCode);
        Assert.Equal($"{expected}\n", await File.ReadAllTextAsync(_home.TurnFile("exit"), Token));
    }

    [Fact]
    public async Task Run_of_an_unknown_program_reports_127_and_says_why()
    {
        var finished = await _home.RunAsync(_home.Prepare(["no-such-program"]));

        Assert.Equal(127, finished.AgentExitCode);
        Assert.Contains("no-such-program", Encoding.UTF8.GetString(finished.AgentStderr), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_without_a_prompt_reports_a_failure_and_says_why()
    {
        // Large enough to be uploaded, so that it can be missing.
        var run = _home.Prepare("cat", prompt: new string('p', Launcher.LargestInlineFiles));
        File.Delete(_home.TurnFile("prompt"));

        var finished = await _home.RunAsync(run);

        Assert.NotEqual(0, finished.AgentExitCode);
        Assert.Contains("prompt", Encoding.UTF8.GetString(finished.AgentStderr), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_shows_output_before_a_crash_and_ends_its_last_line()
    {
        var finished = await _home.RunAsync(_home.Prepare("echo first; printf half; kill -KILL $$"));

        Assert.Equal("first\nhalf", finished.AgentText);
        Assert.Equal(137, finished.AgentExitCode);
    }

    [Fact]
    public async Task Run_reports_the_last_4096_bytes_of_standard_error()
    {
        var finished = await _home.RunAsync(_home.Prepare("head -c 5000 /dev/zero | tr '\\0' x >&2; printf 'end\"\\n' >&2"));

        Assert.Equal(4096, finished.AgentStderr.Length);
        Assert.EndsWith("xxxend\"\n", Encoding.UTF8.GetString(finished.AgentStderr), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("It's \"quoted\" $(reboot) `x` \\ \n\n two lines\n")]
    [InlineData("naïve 日本語 🙂 \u0081\u0088")]
    [InlineData("")]
    public async Task Run_gives_the_prompt_as_standard_input(string prompt)
    {
        var finished = await _home.RunAsync(_home.Prepare("cat; echo .", prompt));

        Assert.Equal(prompt + ".\n", finished.AgentText);
    }

    [Fact]
    public void Run_passes_any_argument_variable_and_history_unchanged()
    {
        var texts = Gen.OneOf(Gen.String, Gen.String[Gen.Char["'\"\\$`\n !*~-ä\u0088"], 0, 20])
            .Select(text => new UTF8Encoding(false).GetString(Encoding.UTF8.GetBytes(text)).Replace("\0", "", StringComparison.Ordinal));
        Gen.Select(texts, texts, texts).Sample(
            (argument, variable, history) =>
            {
                using var home = new LauncherHome();
                var run = home.Prepare(
                    ["/bin/sh", "-c", "printf '%s\\n%s.\\n' \"$1\" \"$VARIABLE\"", "sh", argument],
                    history: history,
                    variables: new() { ["VARIABLE"] = variable });
                var finished = home.RunAsync(run).GetAwaiter().GetResult();
                Assert.Equal($"{argument}\n{variable}.\n", finished.AgentText);
                Assert.Equal(history, history.Length == 0 ? "" : home.History);
            },
            iter: 40,
            threads: 2);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(Launcher.LongestQuotedHistory + 1)]
    public async Task Run_adds_to_the_history_before_the_agent_starts(int length)
    {
        var line = new string('h', length - 1) + "\n";
        var run = _home.Prepare("cat \"$HISTORY\"; echo \"$TURN_DIR\"; pwd", history: line);
        await File.WriteAllTextAsync(_home.TurnFile("../../history.jsonl"), "earlier\n", Token);

        var finished = await _home.RunAsync(run);

        var folder = Path.GetDirectoryName(_home.TurnFile("x"))!;
        Assert.Equal($"earlier\n{line}{folder}\n{folder.Split("/.colloquy")[0]}\n", finished.AgentText);
    }

    [Fact]
    public async Task Run_twice_starts_one_agent()
    {
        var run = _home.Prepare("echo started", history: "once\n");
        await _home.RunAsync(run);

        var second = await _home.RunAsync(run);

        Assert.Equal(Launcher.AlreadyStarted, second.ExitCode);
        Assert.Contains("started before", second.Error, StringComparison.Ordinal);
        Assert.Equal("", second.Text);
        Assert.Equal("once\n", _home.History);
    }

    [Fact]
    public async Task Run_many_times_at_once_starts_one_agent()
    {
        var run = _home.Prepare("echo started");

        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _home.RunAsync(run)));

        Assert.Equal(7, all.Count(finished => finished.ExitCode == Launcher.AlreadyStarted));
        Assert.Equal("started\n", Assert.Single(all, finished => finished.ExitCode == 0).AgentText);
    }

    [Fact]
    public async Task Run_shows_bytes_while_the_agent_works()
    {
        using var process = _home.Start(_home.Prepare(Gated));

        Assert.Equal("1", await process.StandardOutput.ReadLineAsync(Token));
        await OpenGateAsync();

        Assert.Equal("2\n", (await LauncherHome.FinishAsync(process)).AgentText);
    }

    [Fact]
    public async Task Run_shows_ten_megabytes_unchanged()
    {
        var bytes = RandomNumberGenerator.GetBytes(10 * 1024 * 1024);
        bytes[^1] = (byte)'\n';
        var run = _home.Prepare("cat \"$TURN_DIR/big\"");
        await File.WriteAllBytesAsync(_home.TurnFile("big"), bytes, Token);

        var finished = await _home.RunAsync(run);

        Assert.True(finished.Bytes.AsSpan(0, bytes.Length).SequenceEqual(bytes));
        Assert.Equal(0, finished.AgentExitCode);
    }

    [Fact]
    public async Task Follow_shows_the_rest_from_an_offset()
    {
        await _home.RunAsync(_home.Prepare("echo first; echo second"));

        var rest = await _home.RunAsync(Launcher.Follow(_home.Turn, 6));

        Assert.Equal(0, rest.ExitCode);
        Assert.Equal("second\n", rest.AgentText);
    }

    [Fact]
    public async Task Follow_after_the_launcher_was_killed_reads_the_running_agent_to_its_end()
    {
        using var launcher = _home.Start(_home.Prepare(Gated));
        Assert.Equal("1", await launcher.StandardOutput.ReadLineAsync(Token));
        launcher.Kill();
        await launcher.WaitForExitAsync(Token);

        using var follower = _home.Start(Launcher.Follow(_home.Turn, 2));
        await OpenGateAsync();
        var rest = await LauncherHome.FinishAsync(follower);

        Assert.Equal(0, rest.ExitCode);
        Assert.Equal("2\n", rest.AgentText);
        Assert.Equal(5, rest.AgentExitCode);
    }

    [Fact]
    public async Task Follow_after_the_waiter_was_killed_shows_what_there_is_and_says_that_the_end_is_lost()
    {
        using var launcher = _home.Start(_home.Prepare(Gated));
        Assert.Equal("1", await launcher.StandardOutput.ReadLineAsync(Token));
        Process.GetProcessById(await ReadPidAsync("waiter")).Kill();
        Assert.Equal(Launcher.Lost, (await LauncherHome.FinishAsync(launcher)).ExitCode);

        using var follower = _home.Start(Launcher.Follow(_home.Turn, 0));
        Assert.Equal("1", await follower.StandardOutput.ReadLineAsync(Token));
        await OpenGateAsync();
        var rest = await LauncherHome.FinishAsync(follower);

        Assert.Equal("2\n", rest.Text);
        Assert.Equal(Launcher.Lost, rest.ExitCode);
        Assert.Equal(Launcher.Lost, (await _home.RunAsync(Launcher.Follow(_home.Turn, 0))).ExitCode);
    }

    [Fact]
    public async Task Follow_of_another_process_with_the_same_number_says_that_the_end_is_lost()
    {
        _home.Prepare("true");
        await File.WriteAllTextAsync(_home.TurnFile("started"), "", Token);
        await File.WriteAllTextAsync(_home.TurnFile("waiter"), $"{Environment.ProcessId} 1\n", Token);

        var finished = await _home.RunAsync(Launcher.Follow(_home.Turn, 0));

        Assert.Equal(Launcher.Lost, finished.ExitCode);
    }

    [Fact]
    public async Task Follow_of_a_turn_that_was_not_started_says_so()
    {
        _home.Prepare("true");

        var finished = await _home.RunAsync(Launcher.Follow(_home.Turn, 0));

        Assert.Equal(Launcher.NotStarted, finished.ExitCode);
    }

    [Theory]
    [InlineData("echo 1; exec sleep 600", 143)]
    [InlineData("trap '' TERM; sleep 600 & sleep 600 & echo 1; while :; do sleep 600; done", 137)]
    public async Task Stop_ends_the_agent_and_its_children_soon(string script, int exitCode)
    {
        using var launcher = _home.Start(_home.Prepare(script));
        Assert.Equal("1", await launcher.StandardOutput.ReadLineAsync(Token));
        var group = await ReadPidAsync("pid");

        var clock = Stopwatch.StartNew();
        var stopped = await _home.RunAsync(Launcher.Stop(_home.Turn));
        var elapsed = clock.Elapsed;
        var finished = await LauncherHome.FinishAsync(launcher);

        Assert.Equal((0, ""), (stopped.ExitCode, stopped.Error));
        Assert.Equal(exitCode, finished.AgentExitCode);
        // A busy machine takes longer to start what the script starts; the patience itself is 0.65 s.
        Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Empty(LivingMembersOf(group));
    }

    [Fact]
    public async Task Stop_of_an_agent_that_ended_or_never_started_is_fine()
    {
        var run = _home.Prepare("true");
        Assert.Equal(0, (await _home.RunAsync(Launcher.Stop(_home.Turn))).ExitCode);
        await _home.RunAsync(run);
        Assert.Equal(0, (await _home.RunAsync(Launcher.Stop(_home.Turn))).ExitCode);
    }

    [Theory]
    [InlineData("small", 0)]
    [InlineData("nul \0 byte", 3)]
    public void Plan_sends_small_files_with_the_start_if_they_are_text(string prompt, int uploaded) =>
        Assert.Equal(uploaded, Plan(prompt, "plan.sh").Files.Count);

    [Fact]
    public void Plan_uploads_what_is_too_large_for_the_start_or_lies_in_a_folder()
    {
        Assert.NotEmpty(Plan(new string('p', Launcher.LargestInlineFiles + 1), "plan.sh").Files);
        Assert.NotEmpty(Plan("small", "folder/plan.sh").Files);
    }

    [Fact]
    public async Task Run_gives_the_agent_its_files_whichever_way_they_travel()
    {
        const string Odd = "Grüße 'quoted' \"$HOME\" `x` \\n\n\n";

        var small = await _home.RunAsync(_home.Prepare("cat", Odd));
        using var other = new LauncherHome();
        var large = await other.RunAsync(other.Prepare("cat", Odd + new string('p', Launcher.LargestInlineFiles)));

        Assert.StartsWith(Odd.TrimEnd('\n'), small.AgentText, StringComparison.Ordinal);
        Assert.StartsWith(Odd, large.AgentText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credential_stands_in_no_argument_and_stays_in_no_file()
    {
        const string Credential = "cqt_nobody-else-may-see-this";
        var turn = new AgentTurn(
            new SessionId("sesn_1"), _home.Turn, "hi", 1, "", new ModelAccess(false, "http://gateway", Credential, false));
        var agent = new AgentDefinition("agent_1", 1, "Mine", AgentRuntime.Command, "m");
        var run = AgentEnvironment.Run(
            agent, turn, [], ["/bin/sh", "-c", $"test -n \"$ANTHROPIC_API_KEY\" || exit 1; {Gated}"], ProgramVariables.None);

        using var process = _home.Start(_home.Prepare(turn, run, history: "earlier\n"));
        Assert.Equal("1", await process.StandardOutput.ReadLineAsync(Token));
        Assert.DoesNotContain(
            Directory.EnumerateDirectories("/proc").Select(folder => TryRead($"{folder}/cmdline")),
            arguments => arguments?.Contains(Credential, StringComparison.Ordinal) == true);
        await OpenGateAsync();

        Assert.Equal(5, (await LauncherHome.FinishAsync(process)).AgentExitCode);
        File.Delete(_home.TurnFile("gate"));
        Assert.All(
            Directory.EnumerateFiles(_home.PathOf("."), "*", SearchOption.AllDirectories),
            file => Assert.DoesNotContain(Credential, File.ReadAllText(file), StringComparison.Ordinal));
        Assert.Equal("earlier\n", _home.History);
    }

    private static LaunchPlan Plan(string prompt, string file) => Launcher.Plan(
        new AgentTurn(new SessionId("sesn_1"), new TurnId("turn_1"), prompt, 1, ""),
        new AgentRun([new SandboxFile(file, "true"u8.ToArray())], ["/bin/true"], new Dictionary<string, string>()), default);

    [Fact]
    public void Plan_refuses_what_no_process_can_be_given()
    {
        Assert.Throws<ArgumentException>(() => _home.Prepare([]));
        Assert.Throws<ArgumentException>(() => _home.Prepare(["a\0b"]));
        Assert.Throws<ArgumentException>(() => _home.Prepare(["a"], variables: new() { ["A B"] = "" }));
    }

    private const string Gated = "mkfifo \"$TURN_DIR/gate\"; echo 1; read -r _ <\"$TURN_DIR/gate\"; echo 2; exit 5";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Opening a FIFO waits for its reader.</summary>
    private Task OpenGateAsync() => File.WriteAllTextAsync(_home.TurnFile("gate"), "\n", Token);

    private async Task<int> ReadPidAsync(string file) =>
        int.Parse((await File.ReadAllTextAsync(_home.TurnFile(file), Token)).Split(' ')[0], null);

    private static IEnumerable<string> LivingMembersOf(int group) =>
        Directory.EnumerateDirectories("/proc")
            .Where(folder => int.TryParse(Path.GetFileName(folder), out _))
            .Select(folder => TryRead($"{folder}/stat"))
            .Where(stat => stat is not null && IsLivingMember(stat, group))!;

    private static bool IsLivingMember(string stat, int group)
    {
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] != "Z" && fields[2] == group.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
