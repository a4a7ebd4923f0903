using System.Threading.Channels;
using Colloquy.Cli.Tests.Fakes;

namespace Colloquy.Cli.Tests;

public sealed class ChatTests
{
    [Fact]
    public async Task Lines_from_a_pipe_are_turns_of_one_session()
    {
        await using var api = await FakeApi.StartAsync();
        using var cli = new Invocation { Input = new StringReader("first\n\nsecond\n") };

        Assert.Equal(ExitCodes.Success, await cli.RunAsync("chat", "--server", api.Url.ToString()));

        Assert.Equal(2, api.Submitted.Count);
        Assert.Contains("> first", cli.Output, StringComparison.Ordinal);
        Assert.Contains("> second", cli.Output, StringComparison.Ordinal);
        Assert.Contains("[in total 2 turns", cli.Output, StringComparison.Ordinal);
        Assert.Contains("chat --session sesn_1", cli.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', cli.Output);
    }

    [Fact]
    public async Task Exit_leaves_without_reading_on()
    {
        await using var api = await FakeApi.StartAsync();
        using var cli = new Invocation { Input = new StringReader("/exit\nnever\n") };

        Assert.Equal(ExitCodes.Success, await cli.RunAsync("chat", "--server", api.Url.ToString()));
        Assert.Empty(api.Submitted);
    }

    [Fact]
    public async Task A_refused_message_does_not_end_the_conversation()
    {
        await using var api = await FakeApi.StartAsync();
        var session = api.AddSession();
        api.Failures.Enqueue(FakeApi.Error(413, "request_too_large", "message_too_large", "Too long."));
        using var cli = new Invocation { Input = new StringReader("long\nshort\n") };

        Assert.Equal(ExitCodes.Success, await cli.RunAsync("chat", "--session", session.Id, "--server", api.Url.ToString()));

        Assert.Contains("Too long.", cli.Output, StringComparison.Ordinal);
        Assert.Contains("short", cli.Output, StringComparison.Ordinal);
        Assert.Single(api.Submitted);
    }

    [Fact]
    public async Task Ctrl_C_stops_the_turn_and_the_conversation_goes_on()
    {
        await using var api = await FakeApi.StartAsync();
        var lines = new ScriptedInput();
        using var cli = new Invocation { Input = lines };
        api.Script = turn =>
        {
            if (turn.Prompt == "work")
            {
                turn.Running();
            }
            else
            {
                turn.Answer("still here");
            }
        };
        lines.Type("work");
        var chat = cli.RunAsync("chat", "--server", api.Url.ToString());
        await api.TurnStarted;

        cli.Interrupts.Press();
        cli.Interrupts.Press();
        lines.Type("and now?");
        lines.Type("/exit");

        Assert.Equal(ExitCodes.Success, await chat);
        Assert.Equal(["sesn_1"], api.Interrupted);
        Assert.Contains("[interrupted in", cli.Output, StringComparison.Ordinal);
        Assert.Contains("still here", cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_Ctrl_C_at_the_prompt_leaves()
    {
        await using var api = await FakeApi.StartAsync();
        var lines = new ScriptedInput();
        using var cli = new Invocation { Input = lines };
        var chat = cli.RunAsync("chat", "--server", api.Url.ToString());
        await lines.Reading;

        cli.Interrupts.Press();
        Assert.False(chat.IsCompleted);
        cli.Interrupts.Press();

        Assert.Equal(ExitCodes.Success, await chat);
        lines.Type("/exit");
    }

    [Fact]
    public async Task The_wish_to_end_the_program_leaves_at_once()
    {
        await using var api = await FakeApi.StartAsync();
        var lines = new ScriptedInput();
        using var cli = new Invocation { Input = lines };
        var chat = cli.RunAsync("chat", "--server", api.Url.ToString());
        await lines.Reading;

        cli.Interrupts.Terminate();

        Assert.Equal(ExitCodes.Success, await chat);
        lines.Type("/exit");
    }

    /// <summary>A keyboard: reading waits until a line is typed.</summary>
    private sealed class ScriptedInput : TextReader
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
        private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when somebody waits for a line.</summary>
        public Task Reading => _reading.Task;

        public void Type(string line) => _lines.Writer.TryWrite(line);

        public override string? ReadLine()
        {
            _reading.TrySetResult();
            return _lines.Reader.ReadAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
