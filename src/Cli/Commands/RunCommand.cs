using System.CommandLine;
using Colloquy.Cli.Hosting;
using Colloquy.Cli.Rendering;
using Colloquy.Cli.Turns;

namespace Colloquy.Cli.Commands;

/// <summary><c>colloquy run</c>: one turn, for people and for scripts.</summary>
internal static class RunCommand
{
    public static Command Create(CliContext context)
    {
        var prompt = new Argument<string>("PROMPT") { Description = "The message; '-' reads it from the standard input" };
        var session = CommonOptions.Session();
        var agent = CommonOptions.Agent();
        var timeout = CommonOptions.Timeout();
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text" };
        var command = new Command("run", "Send one message, print the answer, and leave.")
        {
            prompt, session, agent, timeout, json,
        };
        var choice = command.AddServerChoice();
        command.Validators.Add(result =>
        {
            if (result.GetValue(session) is not null && result.GetValue(agent) is not null)
            {
                result.AddError("--agent belongs to a new session: leave it out, or leave out --session.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = new RunRequest(
                parsed.GetRequiredValue(prompt), parsed.GetValue(session), parsed.GetValue(agent), parsed.GetValue(timeout));
            return parsed.GetValue(json)
                ? await RunJson.GuardAsync(context, () => RunAsync(context, choice(parsed), request, json: true, cancellationToken))
                : await RunAsync(context, choice(parsed), request, json: false, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        CliContext context, ServerChoice choice, RunRequest request, bool json, CancellationToken cancellationToken)
    {
        // The first Ctrl-C asks the turn to stop and waits for what it says; the second one leaves at once.
        using var interrupt = new CancellationTokenSource();
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.Interrupts.Terminated);
        var turnRuns = false;
        using var pressed = context.Interrupts.OnPressed(() =>
            (turnRuns && !interrupt.IsCancellationRequested ? interrupt : leave).Cancel());

        var prompt = request.Prompt == "-" ? await context.Input.ReadToEndAsync(leave.Token) : request.Prompt;
        if (string.IsNullOrWhiteSpace(prompt))
        {
            throw new EmptyPromptException();
        }

        await using var connection = await context.Access.OpenAsync(choice, leave.Token);
        var client = connection.Client;
        var session = request.Session is { } existing
            ? await client.GetSessionAsync(existing, leave.Token)
            : await client.CreateSessionAsync(request.Agent, title: null, leave.Token);
        await connection.PrepareAsync(session, what => context.Errors.Line(what), leave.Token);
        var printer = new EventPrinter(context.Output);
        var runner = new TurnRunner(client)
        {
            Seen = json ? null : printer.Print,
            Previews = !json && context.Output.IsTerminal,
            Reconnecting = () =>
            {
                printer.EndLine();
                context.Errors.Line("(the connection broke; going on where it was)");
            },
        };
        turnRuns = true;
        var result = await runner.RunAsync(
            session.Id, session.LastSequence, prompt, request.Timeout, interrupt.Token, leave.Token);
        if (json)
        {
            RunJson.Print(context.Output, result);
        }
        else
        {
            context.Output.Line($"[session {session.Id}]");
        }

        return result.ExitCode;
    }

    private sealed record RunRequest(string Prompt, string? Session, string? Agent, TimeSpan? Timeout);
}
