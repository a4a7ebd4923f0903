using System.Globalization;
using System.Text.Json;
using Colloquy.Cli.Api;
using Colloquy.Costs;
using Colloquy.Sessions;
using Spectre.Console;

namespace Colloquy.Cli.Rendering;

/// <summary>Prints events as they arrive: the answer, tool calls with their output, errors in full, the cost.</summary>
internal sealed class EventPrinter(Screen screen)
{
    private const int MostOutputLines = 60;
    private readonly LiveMessage _live = new(screen);
    private static readonly Style Dim = new(decoration: Decoration.Dim);
    private static readonly Style Tool = new(Color.Blue);
    private static readonly Style Good = new(Color.Green);
    private static readonly Style Bad = new(Color.Red);
    private static readonly Style Doubtful = new(Color.Yellow);

    /// <summary>Also what the user sent, for a conversation that is read afterwards.</summary>
    public bool ShowUser { get; init; }

    public void Print(ApiEvent item)
    {
        switch (item.Body)
        {
            case EventStart start:
                _live.Begin(start.Event.Id.Value);
                return;
            case EventDelta delta:
                _live.Add(delta.EventId.Value, delta.Delta.Content.Text);
                return;
            case AgentMessage message when _live.TryComplete(item.Id, message.Text):
                return;
        }

        PrintStored(item);
    }

    /// <summary>Before somebody else writes: what the agent is writing may have left a line open.</summary>
    public void EndLine() => _live.EndLine();

    private void PrintStored(ApiEvent item)
    {
        if (item.Body is AgentMessage or AgentToolUse or AgentToolResult or SessionErrorEvent or StatusIdle)
        {
            EndLine();
        }

        switch (item.Body)
        {
            case UserMessage message when ShowUser:
                screen.Line();
                screen.Line("> " + message.Text, Good);
                break;
            case UserInterrupt when ShowUser:
                screen.Line("(interrupt)", Doubtful);
                break;
            case AgentMessage message:
                screen.Line(message.Text);
                break;
            case AgentToolUse use:
                screen.Line($"* {use.Name}: {Describe(use.Input)}", Tool);
                break;
            case AgentToolResult result:
                PrintResult(result);
                break;
            case SessionErrorEvent failure:
                screen.Write(ErrorPanel.Of(failure.Error));
                break;
            case StatusIdle idle:
                PrintEnd(idle);
                break;
            case StatusTerminated when ShowUser:
                screen.Line();
                screen.Line("(the session has ended)", Dim);
                break;
        }
    }

    /// <summary>The line that closes a turn: how it ended, how long it took, what it cost.</summary>
    private void PrintEnd(StatusIdle idle)
    {
        var style = idle.Outcome switch
        {
            TurnOutcome.Completed => Dim,
            TurnOutcome.Interrupted => Doubtful,
            _ => Bad,
        };
        var warnings = idle.OutputWarnings > 0 ? $"; {idle.OutputWarnings} unreadable lines of agent output" : "";
        screen.Line(
            $"[{idle.Outcome} in {TimeText.Seconds(idle.DurationSeconds)}; " +
            $"{CostText.Full(idle.Cost ?? CostTotals.Zero)}{warnings}]", style);
    }

    private void PrintResult(AgentToolResult result)
    {
        if (string.IsNullOrEmpty(result.Stdout) && string.IsNullOrEmpty(result.Stderr))
        {
            PrintOutput(string.Join('\n', (result.Content ?? []).Select(block => block.Text)), "", result.IsError ? Bad : Dim);
        }
        else
        {
            PrintOutput(result.Stdout, "", Dim);
            PrintOutput(result.Stderr, "stderr: ", Doubtful);
        }

        if (result.ExitCode is not (null or 0))
        {
            screen.Line(string.Create(CultureInfo.InvariantCulture, $"  exit code {result.ExitCode}"), Bad);
        }
    }

    private void PrintOutput(string? text, string label, Style style)
    {
        if (string.IsNullOrEmpty(text))
        {
            return;
        }

        var lines = Printable.Lines(text);
        foreach (var line in lines.Take(MostOutputLines))
        {
            screen.Line($"  | {label}{line}", style);
        }

        if (lines.Count > MostOutputLines)
        {
            screen.Line($"  | … {lines.Count - MostOutputLines} more lines", style);
        }
    }

    /// <summary>The command of a shell call as it is; any other input as one line of JSON.</summary>
    private static string Describe(JsonElement input) =>
        input.Text("command") is { } command
            ? command
            : Printable.OneLine(input.ValueKind == JsonValueKind.Undefined ? "" : input.GetRawText(), 300);
}
