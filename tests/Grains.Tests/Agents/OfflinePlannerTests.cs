using System.Text;
using Colloquy.Grains.Agents.Offline;
using CsCheck;
using Xunit;
using static Colloquy.Grains.Tests.Agents.OutputReading;

namespace Colloquy.Grains.Tests.Agents;

public class OfflinePlannerTests
{
    private static readonly Gen<string> AnyPrompt = Gen.OneOf(
        Gen.String,
        Gen.OneOf(
            "write", " to ", "a.txt", "read", " and ", "then ", "run ", "'", "\"", "`", "```", "“", "”", ". ", "\n", "what is ", "17*", "(", ")",
            "-", "remember that ", "the code word is ", "script ", "primes ", "99999999999999999999", "fail with exit code ", "sleep ", "emit ",
            "events", " ", "count lines in ", "list", "\0", "\ud800", "é", "1", "%", "it").Array[0, 40].Select(parts => string.Concat(parts)));

    [Fact]
    public void Any_prompt_gives_a_plan() =>
        AnyPrompt.Sample(prompt => OfflinePlanner.Plan(prompt).Count > 0, iter: 3000, threads: 1);

    [Fact]
    public void Every_step_comes_out_of_the_plan_as_words_of_one_line_call() =>
        AnyPrompt.Sample(
            prompt =>
            {
                var steps = OfflinePlanner.Plan(prompt);
                var calls = Words(OfflinePlan.Write(Session, Turn, prompt, steps));
                Assert.Equal(["begin", .. steps.Select(Function), "finish"], calls.Select(call => call[0]));
                foreach (var (step, call) in steps.Zip(calls.Skip(1)))
                {
                    Assert.All(Carried(step), text => Assert.Contains(text.Replace('\0', '\ufffd'), call));
                }
            },
            iter: 2000,
            threads: 1);

    [Fact]
    public void Long_hostile_prompt_is_planned_in_linear_time()
    {
        foreach (var part in new[] { " '", " \"a", "write a and ", "(", "\n1. ", "``", "what is 1+", "remember that " })
        {
            var prompt = string.Concat(Enumerable.Repeat(part, 200_000 / part.Length));
            var watch = System.Diagnostics.Stopwatch.StartNew();

            OfflinePlanner.Plan(prompt);

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{part} took {watch.Elapsed}");
        }
    }

    [Theory]
    [InlineData("What is 17*23?", "17*23 = 391.")]
    [InlineData("what's (2+3)*-4", "(2+3)*-4 = -20.")]
    [InlineData("Calculate 17 % 5.", "17 % 5 = 2.")]
    [InlineData("7/2", "7/2 = 3.")]
    [InlineData("How much is 12 divided by 4?", "12 / 4 = 3.")]
    [InlineData("What is 1/0?", "1/0 has no value: it divides by zero.")]
    [InlineData("What is -9223372036854775808?", "-9223372036854775808 = -9223372036854775808.")]
    [InlineData("What is -9223372036854775808 % -1?", "-9223372036854775808 % -1 = 0.")]
    [InlineData("What is -9223372036854775808 / -1?", "-9223372036854775808 / -1 overflows: I calculate with whole numbers of 64 bits, up to 9223372036854775807.")]
    [InlineData("What is 99999999999999999999?", "99999999999999999999 overflows: I calculate with whole numbers of 64 bits, up to 9223372036854775807.")]
    [InlineData("What is 2*(3?", "I cannot read 2*(3 as arithmetic. I know whole numbers, + - * / % and parentheses.")]
    [InlineData("What is 1.5*2?", "I cannot read 1.5*2 as arithmetic. I know whole numbers, + - * / % and parentheses.")]
    public void Arithmetic_is_answered(string prompt, string answer) =>
        Assert.Equal(new Say(answer), Assert.Single(OfflinePlanner.Plan(prompt)));

    [Fact]
    public void Arithmetic_agrees_with_the_language() =>
        Gen.Select(Gen.Int, Gen.Int, Gen.Int[1, 1000], Gen.Int).Sample(
            (a, b, c, d) => Arithmetic.Answer($"{a} + ({b} - {d}) * 3 / {c} % 7")
                .EndsWith($" = {a + ((long)b - d) * 3 / c % 7}.", StringComparison.Ordinal));

    public static TheoryData<string, object[]> Prompts => new()
    {
        { "Write hello world to notes.txt.", [new WriteFile("notes.txt", "hello world\n")] },
        { "Please write \"a. b!\nc\" to the file dir/x.md", [new WriteFile("dir/x.md", "a. b!\nc\n")] },
        { "Write ```\nline 1\nline 2\n``` to f", [new WriteFile("f", "line 1\nline 2\n")] },
        { "Write salt and pepper to a.txt", [new WriteFile("a.txt", "salt and pepper\n")] },
        { "Write the text 'it's' to a.txt", [new WriteFile("a.txt", "it's\n")] },
        { "Create a file x.txt with the content \"y\".", [new WriteFile("x.txt", "y\n")] },
        { "Write one to a.txt and write two to b.txt", [new WriteFile("a.txt", "one\n"), new WriteFile("b.txt", "two\n")] },
        { "Write hi to a.txt\nRead a.txt\n1. List the files", [new WriteFile("a.txt", "hi\n"), new ReadFile("a.txt"), new ListFolder(".")] },
        { "First read a.txt, then count the words in it, and finally list src", [new ReadFile("a.txt"), new Count(CountUnit.Words, "a.txt"), new ListFolder("src")] },
        { "Show me the contents of ~/a.txt", [new ReadFile("a.txt")] },
        { "How many lines does a.txt have?", [new Count(CountUnit.Lines, "a.txt")] },
        { "List the files in the folder src.", [new ListFolder("src")] },
        { "Run ls -la. Run \"echo a. b\"", [new RunCommand("ls -la"), new RunCommand("echo a. b")] },
        { "Run echo salt and pepper", [new RunCommand("echo salt and pepper")] },
        { "Run ./x.sh and read out.txt", [new RunCommand("sh ./x.sh"), new ReadFile("out.txt")] },
        { "Fail with exit code 3 saying oh no.", [new Fail(3, "oh no")] },
        { "Fail.", [new Fail(1, "I was told to fail")] },
        { "Fail with exit code 256", [new Say("I cannot fail with exit code 256: exit codes of failures go from 1 to 255.")] },
        { "Fail with exit code -1", [new Say("I cannot fail with exit code -1: exit codes of failures go from 1 to 255.")] },
        { "Sleep 2 seconds. Wait for 1.5 s. Sleep 100ms, then sleep 2 minutes", [new Sleep("2"), new Sleep("1.5"), new Sleep("0.1"), new Sleep("120")] },
        { "Sleep 999999999", [new Say("I cannot sleep for more than a day.")] },
        { "Say \"once upon a time.\" slowly, then say hello slowly", [new Speak("once upon a time."), new Speak("hello")] },
        { "Emit 10,000 events", [new Emit(10_000)] },
        { "Emit 0 events", [new Say("I cannot emit 0 events: between 1 and 1,000,000.")] },
        { "Remember that salt and pepper are white. What is the code word?", [new Memorize("salt and pepper are white"), new Recall("code word")] },
        { "Remember the code word is X1. What is the code word?", [new Memorize("the code word is X1"), new Say("You told me: the code word is X1.")] },
        { "What did I tell you?", [new Recall("")] },
    };

    [Theory, MemberData(nameof(Prompts))]
    public void Prompt_becomes_steps(string prompt, object[] steps) =>
        Assert.Equal(steps, OfflinePlanner.Plan(prompt));

    [Theory]
    [InlineData("")]
    [InlineData("  \n ?!. ")]
    [InlineData("Hello!")]
    public void Prompt_that_says_nothing_is_answered_with_the_help(string prompt) =>
        Assert.Equal(new Say(OfflinePlanner.Help), Assert.Single(OfflinePlanner.Plan(prompt)));

    [Fact]
    public void Script_out_of_range_is_refused_in_words() =>
        Assert.StartsWith(
            "I cannot write that script.",
            Assert.IsType<Say>(Assert.Single(OfflinePlanner.Plan("Write a script that prints the factorial of 21."))).Text,
            StringComparison.Ordinal);

    private static string Function(OfflineStep step) => step switch
    {
        Say or Memorize => "say",
        Speak => "speak",
        Recall => "recall",
        Emit => "emit",
        Fail => "fail",
        _ => "tool",
    };

    /// <summary>What must reach the sandbox unchanged; surrogates without a partner cannot be written at all.</summary>
    private static string[] Carried(OfflineStep step) => step switch
    {
        WriteFile(var path, var content) => [path, content],
        ReadFile(var path) => [path],
        RunCommand(var command) => [command],
        Fail(_, var message) => [message],
        _ => [],
    };

    /// <summary>Reads the calls back as the shell does: words of single-quoted and escaped parts, calls end at line feeds.</summary>
    private static List<List<string>> Words(string plan)
    {
        List<List<string>> calls = [[]];
        var word = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < plan.Length; i++)
        {
            switch (plan[i])
            {
                case '\'':
                    quoted = !quoted;
                    break;
                case '\\' when !quoted:
                    word.Append(plan[++i]);
                    break;
                case ' ' or '\n' when !quoted:
                    calls[^1].Add(word.ToString());
                    word.Clear();
                    if (plan[i] == '\n')
                    {
                        calls.Add([]);
                    }

                    break;
                default:
                    word.Append(plan[i]);
                    break;
            }
        }

        return calls[..^1];
    }
}
