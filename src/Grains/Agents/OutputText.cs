using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>What an agent printed, as a person would read it: for error reports, where its JSON lines say little.</summary>
internal static class OutputText
{
    public static string Of(EventBody body) => body switch
    {
        AgentMessage message => message.Text + "\n",
        AgentToolUse use => $"* {use.Name} {use.Input.GetRawText()}\n",
        AgentToolResult { Stdout: null, Stderr: null } result =>
            string.Concat(result.Content.Select(block => block.Text + "\n")),
        AgentToolResult result => WithNewline(result.Stdout) + WithNewline(result.Stderr),
        _ => "",
    };

    private static string WithNewline(string? text) =>
        string.IsNullOrEmpty(text) || text.EndsWith('\n') ? text ?? "" : text + "\n";
}
