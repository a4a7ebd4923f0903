using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Colloquy.Cli.Commands;
using Colloquy.Cli.Demo;

namespace Colloquy.Cli;

/// <summary>The commands, and what ends them: every way out has an exit code and a message.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliContext context)
    {
        var root = Create(context);
        // A prompt may begin with '@': it is text, not the name of a file with more arguments.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            return ExplainErrors(context, parsed);
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // Signals are ours: in a chat, Ctrl-C ends the turn and not the program.
                ProcessTerminationTimeout = null,
                Output = context.Output.Writer,
                Error = context.Errors.Writer,
            });
        }
        catch (Exception exception) when (Failure.Explain(exception, context) is { } failure)
        {
            Show(context, failure);
            return failure.ExitCode;
        }
    }

    private static RootCommand Create(CliContext context)
    {
        var root = new RootCommand("Colloquy runs conversations with agents in sandboxes. Try `demo` first, then `chat`.")
        {
            UpCommand.Create(context),
            DemoCommand.Create(context),
            ChatCommand.Create(context),
            RunCommand.Create(context),
            SessionsCommand.Create(context),
            FilesCommand.Create(context),
            SandboxesCommand.Create(context),
            CostsCommand.Create(context),
        };
        root.SetAction(parsed => new HelpAction().Invoke(parsed));
        return root;
    }

    private static int ExplainErrors(CliContext context, ParseResult parsed)
    {
        foreach (var message in parsed.Errors.Select(error => error.Message).Distinct())
        {
            context.Errors.Line($"Error: {message}");
        }

        context.Errors.Line($"`{context.Program} {Path(parsed)}--help` shows what is possible.");
        return ExitCodes.Usage;
    }

    /// <summary>The commands that were understood, so that the hint leads to the right help.</summary>
    private static string Path(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result.Parent is CommandResult parent; result = parent)
        {
            names.Push(result.Command.Name + " ");
        }

        return string.Concat(names);
    }

    private static void Show(CliContext context, Failure failure)
    {
        if (failure.Panel is { } panel)
        {
            context.Errors.Write(panel);
        }
        else
        {
            context.Errors.Line(failure.Message);
        }
    }
}
