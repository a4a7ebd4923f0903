using Colloquy.Cli.Api;
using Colloquy.Cli.Files;
using Colloquy.Cli.Hosting;
using Colloquy.Cli.Rendering;
using Colloquy.Cli.Turns;
using Spectre.Console.Rendering;

namespace Colloquy.Cli.Commands;

/// <summary>What ends a command early, in words for the user.</summary>
/// <param name="Code">A stable word for programs.</param>
internal sealed record Failure(string Code, string Message, int ExitCode, IRenderable? Panel)
{
    /// <returns>Null for what is a fault of this program, whose stack trace is wanted.</returns>
    public static Failure? Explain(Exception exception, CliContext context) => exception switch
    {
        ApiErrorException { Info: var info } => new Failure(
            info.Type, info.Message, info.Status >= 500 ? ExitCodes.Server : ExitCodes.Usage, ErrorPanel.Of(info)),
        ServerUnreachableException unreachable => Of(
            "server_unreachable", "The server cannot be reached", unreachable.Message,
            $"Start one with `{context.Program} up`, or leave out --server: then one is found or started by itself.",
            ExitCodes.Server),
        ServerNotStartedException notStarted => Of(
            "server_not_started", "The server cannot start", notStarted.Message, null, ExitCodes.Server),
        AgentNotPreparedException notPrepared => Of(
            "agent_not_prepared", "The agent cannot be prepared", notPrepared.Message, null, ExitCodes.Server),
        TurnLostException lost => Of("turn_lost", "The turn was lost", lost.Message, null, ExitCodes.Failed),
        EmptyPromptException empty => Of("empty_prompt", "There is nothing to send", empty.Message, null, ExitCodes.Usage),
        LocalFileException local => Of("local_file", "The local file cannot be used", local.Message, null, ExitCodes.Usage),
        OperationCanceledException => new Failure("interrupted", "Interrupted.", ExitCodes.Interrupted, Panel: null),
        _ => null,
    };

    private static Failure Of(string code, string title, string message, string? remedy, int exitCode) =>
        new(code, message, exitCode, ErrorPanel.Of(title, message, remedy));
}

/// <summary>Found before a session is made for it.</summary>
internal sealed class EmptyPromptException() : Exception("PROMPT is empty: write what the agent should do.");
