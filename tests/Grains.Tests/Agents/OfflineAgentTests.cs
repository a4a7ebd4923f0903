using System.Diagnostics;
using System.Globalization;
using System.Text;
using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Agents.Offline;
using Colloquy.Sessions;
using CsCheck;
using Xunit;

namespace Colloquy.Grains.Tests.Agents;

/// <summary>Runs the real offline.sh with /bin/sh and reads its output with the real reader.</summary>
public sealed class OfflineAgentTests : IDisposable
{
    private readonly OfflineSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("What is 17*23?", "17*23 = 391.")]
    [InlineData("What is 2+2? And what is 3 × 3?", "2+2 = 4.\n3 * 3 = 9.")]
    [InlineData("What is 9223372036854775807 + 1?", "overflows")]
    [InlineData("Sing me a song.", "I did not understand \"Sing me a song\". I am the offline agent")]
    [InlineData("What is the airspeed of a swallow?", "I do not know what airspeed of a swallow is")]
    [InlineData("Write hello to notes.txt.", "Wrote 6 bytes to notes.txt.")]
    [InlineData("Write hello to a/b/notes.txt, then read it.", "a/b/notes.txt says:\nhello")]
    [InlineData("Write \"one\ntwo. Three!\nfour\" to f.txt and count the lines in it.", "f.txt: 3 lines.")]
    [InlineData("Write 'salt and pepper' to f.txt. Count words in f.txt.", "f.txt: 3 words.")]
    [InlineData("Write äöü to f.txt. Count the characters in f.txt.", "f.txt: 4 characters.")]
    [InlineData("First write a to one.txt. Then write b to two.txt. Finally list the files.", "one.txt\ntwo.txt")]
    [InlineData("Run `echo out; echo err >&2`.", "The command succeeded and printed:\nout\nOn standard error:\nerr")]
    [InlineData("Run true", "The command succeeded and printed nothing.")]
    [InlineData("Run 'exit 7'", "That failed with exit code 7.")]
    [InlineData("Read missing.txt", "That failed with exit code 1.")]
    [InlineData("Write x to /proc/no", "That failed with exit code")]
    public async Task Prompt_is_answered(string prompt, string answer)
    {
        var turn = await _sandbox.RunAsync(prompt, Cancellation);

        Assert.Contains(answer, turn.Answer, StringComparison.Ordinal);
        Assert.Equal((0, 0, "", false), (turn.ExitCode, turn.Warnings, turn.Stderr, turn.Result!.IsError));
        Assert.Equal(turn.Messages[^1], turn.Result.Text);
        Assert.Contains("no model is called", turn.Messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_has_its_streams_and_exit_code_in_the_tool_result()
    {
        var turn = await _sandbox.RunAsync("Run \"echo one; echo two >&2; exit 3\".", Cancellation);

        Assert.Equal(("one", "two", (int?)3, true), (turn.Tool.Stdout, turn.Tool.Stderr, turn.Tool.ExitCode, turn.Tool.IsError));
        Assert.Equal("Bash", turn.Events.Bodies<AgentToolUse>().Single().Name);
        Assert.Equal("echo one; echo two >&2; exit 3", turn.Events.Bodies<AgentToolUse>().Single().Input.GetProperty("command").GetString());
    }

    [Theory]
    [InlineData("Write a script that prints the first 10 primes to primes.sh and run it.", "primes.sh", "2\n3\n5\n7\n11\n13\n17\n19\n23\n29")]
    [InlineData("Write a script that prints the primes up to 12 and run it", "primes.sh", "2\n3\n5\n7\n11")]
    [InlineData("Create a shell script fib.sh that prints the first 8 Fibonacci numbers. Run it.", "fib.sh", "0\n1\n1\n2\n3\n5\n8\n13")]
    [InlineData("Write a script which computes the factorial of 20 in f.sh, then run it.", "f.sh", "2432902008176640000")]
    [InlineData("Write a script that plays FizzBuzz up to 5. Run it.", "fizzbuzz.sh", "1\n2\nFizz\n4\nBuzz")]
    [InlineData("Write a script that prints the sum of the numbers from 1 to 100 to sum.sh and run it.", "sum.sh", "5050")]
    [InlineData("Write a script that adds 3, -4 and 5 and run it.", "sum.sh", "4")]
    [InlineData("Write a script that sorts 5, 30, 9 and 1 to s.sh and run sh s.sh.", "s.sh", "1\n5\n9\n30")]
    [InlineData("Write a script that sorts the words pear, fig and apple. Run it.", "sort.sh", "apple\nfig\npear")]
    [InlineData("Write a script that prints the squares from 2 to 4. Run it.", "squares.sh", "4\n9\n16")]
    [InlineData("Write a script that prints the multiplication table of 7. Run it.", "table.sh", "7 x 1 = 7")]
    [InlineData("Write a script that counts down from 2. Run it.", "countdown.sh", "2\n1\n0")]
    [InlineData("Write a script that prints \"it's me\". Run it.", "print.sh", "it's me")]
    public async Task Script_is_generated_and_executed(string prompt, string file, string printed)
    {
        var turn = await _sandbox.RunAsync(prompt, Cancellation);

        Assert.StartsWith("#!/bin/sh\n", await File.ReadAllTextAsync(_sandbox.PathOf(file), Cancellation), StringComparison.Ordinal);
        Assert.StartsWith(printed, turn.Events.Bodies<AgentToolResult>().Last().Stdout, StringComparison.Ordinal);
        Assert.Equal(2, turn.Events.Bodies<AgentToolResult>().Count());
    }

    [Fact]
    public async Task Fact_is_recalled_in_a_later_turn()
    {
        await _sandbox.RunAsync("Remember that the code word is kiwi-4711.", Cancellation);
        await _sandbox.RunAsync("Hello! Please remember my dog's \"name\" is \\Rex/ é😀 v1.5. What is 1+1?", Cancellation);

        var codeWord = await _sandbox.RunAsync("What is the code word?", Cancellation);
        var dog = await _sandbox.RunAsync("What is my dog's \"name\"?", Cancellation);
        var all = await _sandbox.RunAsync("What did I tell you?", Cancellation);
        var about = await _sandbox.RunAsync("What did I tell you about the code word?", Cancellation);

        Assert.Equal("You told me: the code word is kiwi-4711.", codeWord.Answer);
        Assert.Equal("You told me: my dog's \"name\" is \\Rex/ é😀 v1.5.", dog.Answer);
        Assert.Equal("You told me: the code word is kiwi-4711; my dog's \"name\" is \\Rex/ é😀 v1.5.", all.Answer);
        Assert.Equal(codeWord.Answer, about.Answer);
    }

    [Fact]
    public async Task Fact_told_again_replaces_the_earlier_one()
    {
        await _sandbox.RunAsync("Remember that the code word is kiwi.", Cancellation);
        await _sandbox.RunAsync("Remember that the code word is plum and not kiwi, then write x to x.txt.", Cancellation);

        var turn = await _sandbox.RunAsync("What is the code word?", Cancellation);

        Assert.Equal("You told me: the code word is plum and not kiwi.", turn.Answer);
    }

    [Fact]
    public async Task File_of_one_turn_is_read_in_the_next()
    {
        await _sandbox.RunAsync("Write \"tab\there, 'quotes' \\ and $HOME `x`\" to \"odd name.txt\".", Cancellation);

        var turn = await _sandbox.RunAsync("Read \"odd name.txt\".", Cancellation);

        Assert.Equal("tab\there, 'quotes' \\ and $HOME `x`", turn.Tool.Stdout);
    }

    [Fact]
    public async Task Any_bytes_in_a_file_are_shown_as_text()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        await File.WriteAllBytesAsync(_sandbox.PathOf("bytes"), bytes, Cancellation);

        var turn = await _sandbox.RunAsync("Read bytes.", Cancellation);

        Assert.Equal(0, turn.Warnings);
        Assert.Equal(Encoding.UTF8.GetString(bytes), turn.Tool.Stdout);
    }

    [Fact]
    public async Task Long_output_is_cut_and_says_so()
    {
        var turn = await _sandbox.RunAsync("Run `seq 1 100000`.", Cancellation);

        Assert.InRange(turn.Tool.Stdout!.Length, 29_000, 31_000);
        Assert.EndsWith("[cut: the output is longer than 30000 bytes]", turn.Tool.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_text_arrives_in_the_sandbox_as_it_was_sent()
    {
        var text = Gen.Char.AlphaNumeric.Array[0, 20].Select(chars => new string(chars));
        var odd = Gen.OneOf("'", "\"", "\\", "$(reboot)", "`", "\n", "\t", "é", "😀", "%s", "!", "\u0001", "\u007f", "*", "#", ";", "&");
        var content = string.Concat(Gen.OneOf(text, odd).Array[200].Single());
        var plan = OfflinePlan.Write(OutputReading.Session, OutputReading.Turn, "", [new WriteFile("f", content)]);

        Directory.CreateDirectory(_sandbox.PathOf("t"));
        await File.WriteAllTextAsync(_sandbox.PathOf("t/plan.sh"), plan, Cancellation);
        var script = OfflineRun.Of(new AgentTurn(OutputReading.Session, OutputReading.Turn, "", 1, "")).Files.Single(file => file.Path == "offline.sh");
        await File.WriteAllBytesAsync(_sandbox.PathOf("t/offline.sh"), script.Content.ToArray(), Cancellation);
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", "t/offline.sh")
        {
            WorkingDirectory = _sandbox.Home,
            Environment = { ["TURN_DIR"] = "t" },
            RedirectStandardOutput = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);

        var use = OutputReading.ReadAll(output).Bodies<AgentToolUse>().Single();
        Assert.Equal(content, await File.ReadAllTextAsync(_sandbox.PathOf("f"), Cancellation));
        Assert.Equal(content, use.Input.GetProperty("content").GetString());
    }

    [Fact]
    public async Task Failure_ends_the_process_with_its_code_and_message_and_without_a_result()
    {
        var turn = await _sandbox.RunAsync("Fail with exit code 42 saying \"disk on fire\".", Cancellation);

        Assert.Equal((42, "disk on fire\n", (AgentResult?)null), (turn.ExitCode, turn.Stderr, turn.Result));
        Assert.Contains("exit code 42", turn.Answer, StringComparison.Ordinal);
        Assert.True(turn.Events.Booked()[OfflineRuntime.Model].Output > 0);
    }

    [Fact]
    public async Task Launcher_runs_it_with_the_history_and_says_how_it_ended()
    {
        var turn = new AgentTurn(OutputReading.Session, OutputReading.Turn, "What is the code word? Then fail with exit code 9.", 2, "");
        var history = """{"role":"user","text":"Remember that the code word is kiwi."}""" + "\n";
        var plan = Launcher.Plan(turn, OfflineRun.Of(turn), Encoding.UTF8.GetBytes(history));
        foreach (var file in plan.Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_sandbox.PathOf(file.Path))!);
            await File.WriteAllBytesAsync(_sandbox.PathOf(file.Path), file.Content.ToArray(), Cancellation);
        }

        using var process = Process.Start(new ProcessStartInfo(plan.Run.Program, plan.Run.Arguments)
        {
            WorkingDirectory = _sandbox.Home,
            Environment = { ["HOME"] = _sandbox.Home },
            RedirectStandardOutput = true,
        })!;
        var reader = OutputReading.Reader();
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);

        var events = reader.ReadAll(Encoding.UTF8.GetBytes(output));

        Assert.StartsWith("You told me: the code word is kiwi.", events.Bodies<AgentMessage>().Last().Text, StringComparison.Ordinal);
        Assert.Equal(new LauncherExit(9, "I was told to fail\n"), reader.Exit);
    }

    [Fact]
    public async Task Ten_thousand_events_come_quickly()
    {
        var watch = Stopwatch.StartNew();

        var turn = await _sandbox.RunAsync("Emit 10000 events.", Cancellation);

        Assert.Equal("Event 10000 of 10000.", turn.Messages[10_000]);
        Assert.Equal(10_002, turn.Messages.Count);
        Assert.Equal(turn.Events.Count, turn.Events.Select(e => e.SourceKey).Distinct().Count());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), watch.Elapsed.ToString());
    }

    [Fact]
    public async Task Sleep_dies_at_once_when_told_to_stop()
    {
        using var process = _sandbox.Start("Sleep 600 seconds.");
        var line = "";
        while (line is not null && !line.Contains("message_stop", StringComparison.Ordinal))
        {
            line = await process.StandardOutput.ReadLineAsync(Cancellation);
        }

        var watch = Stopwatch.StartNew();
        using var kill = Process.Start("/bin/kill", ["-TERM", "--", (-process.Id).ToString(CultureInfo.InvariantCulture)])!;
        await process.WaitForExitAsync(Cancellation);

        Assert.Equal(128 + 15, process.ExitCode);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), watch.Elapsed.ToString());
    }

    [Fact]
    public async Task Every_call_has_usage_and_their_sum_is_the_result()
    {
        await _sandbox.RunAsync("Remember that the code word is kiwi.", Cancellation);

        var turn = await _sandbox.RunAsync("Write hello to a.txt. Read a.txt. What is 1+1?", Cancellation);

        var calls = turn.Events.Where(e => e.Call is not null).Select(e => e.Call!.Tokens).ToList();
        Assert.Equal(3, calls.Count);
        Assert.All(calls, call => Assert.True(call is { Input: > 0, Output: > 0, CacheRead: > 0 }));
        Assert.True(calls[0].CacheWrite5m == 0 && calls[1].CacheWrite5m > 0 && calls[2].CacheRead > calls[1].CacheRead);
        Assert.DoesNotContain(turn.Events.Bodies<ModelRequestEnd>(), call => call.CallId.StartsWith("result", StringComparison.Ordinal));
        Assert.Contains(
            $"\"outputTokens\":{calls.Aggregate(TokenUsage.Add).Output},", Encoding.UTF8.GetString(turn.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slow_words_are_previewed_before_they_are_a_message()
    {
        var turn = await _sandbox.RunAsync("Emit 2 events. Say \"one \\two\t three\n four.\" slowly. What is 1+1? Run true.", Cancellation);
        var reader = OutputReading.Reader();
        var previews = new Dictionary<EventId, string>();
        var messages = new Dictionary<EventId, string>();

        foreach (var chunk in turn.Output.Chunk(1))
        {
            foreach (var message in reader.Push(chunk).Where(item => item.Body is AgentMessage))
            {
                messages.Add(EventId.From(OutputReading.Session, message.SourceKey), ((AgentMessage)message.Body).Text);
            }

            if (reader.Preview is { } preview)
            {
                previews[preview.Id] = preview.From(0);
            }
        }

        Assert.Equal("one \\two\t three\n four.", Assert.Single(previews).Value);
        Assert.Equal(messages.Where(message => previews.ContainsKey(message.Key)), previews);
    }

    [Fact]
    public async Task Output_in_any_chunks_gives_the_same_events()
    {
        var turn = await _sandbox.RunAsync("Write hello to a.txt. Run `ls; ls missing`. What is 1+1?", Cancellation);
        var expected = turn.Events.Describe();

        Gen.Int[1, 500].Sample(
            size =>
            {
                var reader = OutputReading.Reader();
                var events = turn.Output.Chunk(size).SelectMany(chunk => reader.Push(chunk)).ToList();
                return events.Describe().SequenceEqual(expected);
            },
            iter: 50,
            threads: 1);
    }
}
