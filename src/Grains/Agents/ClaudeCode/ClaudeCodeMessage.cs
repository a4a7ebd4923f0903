using System.Text.Json;

namespace Colloquy.Grains.Agents.ClaudeCode;

/// <summary>
/// The user's message as the CLI reads it on standard input (<c>--input-format=stream-json</c>): one line. Its beginning,
/// up to the first content block, is written by <c>claude.sh</c>, which may have to put the history before the message.
/// </summary>
internal static class ClaudeCodeMessage
{
    public static byte[] Write(AgentTurn turn)
    {
        var text = JsonSerializer.Serialize(turn.Prompt);
        // Without client_composed, a text may be a command of the CLI ("/compact") or pull in files ("@name").
        return System.Text.Encoding.UTF8.GetBytes(
            $$"""{"type":"text","text":{{text}}}]},"parent_tool_use_id":null,"uuid":"{{ClaudeCodeIds.Message(turn.Turn)}}","client_composed":true}""" + "\n");
    }
}
