using System.Text.Json;
using System.Text.Json.Nodes;

namespace Colloquy.Emulators.Tests;

public sealed class DefaultRulesTests
{
    [Fact]
    public void Command_is_run_and_its_result_told()
    {
        Assert.Equal(("Bash", "echo hi"), Tool(Request(User("Run `echo hi`")), "command"));
        Assert.Equal("The tool said: hi", Text(Request(
            User("Run `echo hi`"), Assistant("(tool)"), Result("hi"), Message("system", "a reminder"))));
    }

    [Theory]
    [InlineData("Write \"some text\" to notes.txt", "/home/user/notes.txt")]
    [InlineData("Write \"some text\" to /tmp/notes.txt.", "/tmp/notes.txt")]
    public void File_is_written(string wish, string path)
    {
        Assert.Equal(("Write", path), Tool(Request(User(wish)), "file_path"));
        Assert.Equal(("Write", "some text"), Tool(Request(User(wish)), "content"));
    }

    [Fact]
    public void File_is_read() =>
        Assert.Equal(("Read", "/home/user/notes.txt"), Tool(Request(User("Read notes.txt.")), "file_path"));

    [Fact]
    public void Code_word_is_looked_up_in_the_conversation() => Assert.Equal("The code word is walnut.", Text(Request(
        User("Remember that the code word is walnut."), Assistant("I will."), User("What is the code word?"))));

    [Fact]
    public void Last_wish_counts_and_reminders_do_not() => Assert.Equal("The code word is walnut.", Text(Request(
        User("Earlier: remember the code word walnut. Run `ls`.\n\nNow: what is the code word?"),
        Message("system", "Run `rm -rf /`"))));

    [Fact]
    public void Anything_else_is_echoed() => Assert.Equal("You said: hello", Text(Request(User("hello"))));

    private static MessagesRequest Request(params JsonNode[] messages) =>
        new(new JsonObject { ["model"] = "m", ["messages"] = new JsonArray(messages) });

    private static JsonNode User(string text) => JsonSerializer.SerializeToNode(new
    {
        role = "user",
        content = new[]
        {
            new { type = "text", text = "<system-reminder>Read me.txt</system-reminder>" }, new { type = "text", text },
        },
    })!;

    private static JsonNode Assistant(string text) => Message("assistant", text);

    private static JsonNode Message(string role, string content) => JsonSerializer.SerializeToNode(new { role, content })!;

    private static JsonNode Result(string text) => JsonSerializer.SerializeToNode(new
    {
        role = "user",
        content = new[] { new { type = "tool_result", tool_use_id = "t", content = new[] { new { type = "text", text } } } },
    })!;

    private static string Text(MessagesRequest request) =>
        Assert.IsType<Block.Text>(DefaultRules.Reply(request).Blocks.Single()).Value;

    private static (string Name, string? Value) Tool(MessagesRequest request, string property)
    {
        var use = Assert.IsType<Block.ToolUse>(DefaultRules.Reply(request).Blocks.Single());
        return (use.Name, JsonSerializer.SerializeToElement(use.Input).GetProperty(property).GetString());
    }
}
