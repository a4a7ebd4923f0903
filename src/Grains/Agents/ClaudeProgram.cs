using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Agents;

/// <summary>The script that starts the Claude Code CLI without its credential in the environment.</summary>
internal static class ClaudeProgram
{
    public static readonly SandboxFile File = new("cli.sh", EmbeddedFile.Read("cli.sh"));
}
