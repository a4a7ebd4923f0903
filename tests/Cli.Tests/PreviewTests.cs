using System.Text;
using Colloquy.Cli.Api;
using Colloquy.Cli.Rendering;
using Colloquy.Cli.Tests.Fakes;
using Colloquy.Cli.Turns;
using Colloquy.Sessions;

namespace Colloquy.Cli.Tests;

/// <summary>The agent's words while it writes them.</summary>
public sealed class PreviewTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly EventPrinter _printer;

    public PreviewTests() => _printer = new EventPrinter(Screen.Plain(_output));

    public void Dispose() => _output.Dispose();

    [Fact]
    public void Words_are_shown_as_they_come_and_the_message_adds_what_is_missing()
    {
        Begin("a");
        Add("a", "Once ");
        Assert.Equal("Once ", _output.ToString());
        Add("a", "upon");

        Store("a", "Once upon a time");

        Assert.Equal("Once upon a time\n", _output.ToString());
    }

    [Fact]
    public void Preview_that_begins_anew_is_not_shown_twice()
    {
        Begin("a");
        Add("a", "Once upon");
        Begin("a");
        Add("a", "On");
        Add("a", "ce upon a");
        Begin("a");
        Add("a", "Once");

        Store("a", "Once upon a time");

        Assert.Equal("Once upon a time\n", _output.ToString());
    }

    [Fact]
    public void Preview_that_begins_anew_with_other_words_is_shown_on_a_line_of_its_own()
    {
        Begin("a");
        Add("a", "Once upon");
        Begin("a");
        Add("a", "Once ");
        Add("a", "more");

        Store("a", "Once more.");

        Assert.Equal("Once upon\nOnce more.\n", _output.ToString());
    }

    [Fact]
    public void Message_that_does_not_go_on_from_its_preview_is_shown_whole()
    {
        Begin("a");
        Add("a", "Once upon");

        Store("a", "Twice");

        Assert.Equal("Once upon\nTwice\n", _output.ToString());
    }

    [Fact]
    public void Preview_that_no_message_follows_leaves_the_next_one_whole()
    {
        Begin("a");
        Add("a", "I was about");
        Begin("b");
        Add("b", "Once ");
        Store("b", "Once more");
        Begin("c");
        Add("c", "And");
        Store("d", "The end");

        Assert.Equal("I was about\nOnce more\nAnd\nThe end\n", _output.ToString());
    }

    [Fact]
    public void What_happens_in_between_begins_a_line_and_the_message_goes_on_after_it()
    {
        Begin("a");
        Add("a", "Once ");
        Print(new AgentThinking());
        Add("a", "upon ");
        Print(new AgentToolUse("Bash", JsonElementOf("""{"command":"date"}"""), "toolu_1"));
        Add("a", "a time");

        Store("a", "Once upon a time");

        Assert.Equal("Once upon \n* Bash: date\na time\n", _output.ToString());
    }

    [Fact]
    public void Control_characters_do_not_reach_the_terminal()
    {
        Begin("a");
        Add("a", "red \u001b");
        Add("a", "[31m\r");
        Store("a", "red \u001b[31m\r\n\u0007");

        Assert.Equal("red \uFFFD[31m\n\uFFFD\n", _output.ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Turn_with_previews_shows_at_last_what_it_shows_without(int breaks)
    {
        await using var api = await FakeApi.StartAsync();
        api.Script = turn =>
        {
            turn.Running();
            turn.Say("Let me look.");
            turn.Tool("date", "today\n");
            turn.Say("It is today.");
            turn.End("completed");
        };
        using var cli = new Invocation();
        await cli.RunAsync("run", "date?", "--server", api.Url.ToString());
        Assert.Equal(0, api.PreviewStreams);
        api.PreviewBreaks = breaks;
        using var client = new ColloquyClient(api.Url, TimeProvider.System);
        var stop = TestContext.Current.CancellationToken;
        var previews = new StringBuilder();
        var runner = new TurnRunner(client)
        {
            Previews = true,
            Seen = item =>
            {
                _printer.Print(item);
                previews.Append((item.Body as EventDelta)?.Delta.Content.Text);
            },
        };

        var result = await runner.RunAsync(api.AddSession().Id, 0, "date?", null, CancellationToken.None, stop);

        Assert.StartsWith(_output.ToString(), cli.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal("It is today.", result.Answer);
        Assert.Equal(1 + breaks, api.PreviewStreams);
        Assert.EndsWith("It is today.", previews.ToString(), StringComparison.Ordinal);
    }

    private void Begin(string id) => Print(EventStart.OfMessage(new EventId(id)), "");

    private void Add(string id, string piece) => Print(EventDelta.OfText(new EventId(id), piece), "");

    private void Store(string id, string text) => Print(new AgentMessage([new ContentBlock(text)]), id);

    private void Print(EventBody body, string id = "other") => _printer.Print(new ApiEvent(1, body.Type, id, null, null, body));

    private static System.Text.Json.JsonElement JsonElementOf(string json) => System.Text.Json.JsonElement.Parse(json);
}
