using System.CommandLine;
using Colloquy.Cli.Hosting;

namespace Colloquy.Cli.Commands;

/// <summary><c>colloquy chat</c>: a conversation, line by line.</summary>
internal static class ChatCommand
{
    public static Command Create(CliContext context)
    {
        var session = CommonOptions.Session();
        var agent = CommonOptions.Agent();
        var command = new Command("chat", "Talk with an agent; lines from a pipe are turns as well.") { session, agent };
        var choice = command.AddServerChoice();
        command.Validators.Add(result =>
        {
            if (result.GetValue(session) is not null && result.GetValue(agent) is not null)
            {
                result.AddError("--agent belongs to a new session: leave it out, or leave out --session.");
            }
        });
        command.SetAction((parsed, cancellationToken) => RunAsync(
            context, choice(parsed), parsed.GetValue(session), parsed.GetValue(agent), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CliContext context, ServerChoice choice, string? sessionId, string? agent, CancellationToken cancellationToken)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.Interrupts.Terminated);
        await using var connection = await OpenAsync(context, choice, leave.Token);
        var session = sessionId is null ? null : await connection.Client.GetSessionAsync(sessionId, leave.Token);
        using var loop = new ChatLoop(context, connection, session, agent);
        await loop.RunAsync(leave.Token);
        return ExitCodes.Success;
    }

    /// <summary>Until the conversation begins, Ctrl-C simply leaves.</summary>
    private static async Task<ServerConnection> OpenAsync(
        CliContext context, ServerChoice choice, CancellationToken cancellationToken)
    {
        using var opening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var leaving = context.Interrupts.OnPressed(opening.Cancel);
        return await context.Access.OpenAsync(choice, opening.Token);
    }
}
