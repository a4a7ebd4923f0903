using System.Globalization;
using Colloquy.Cli.Api;
using Colloquy.Errors;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Colloquy.Cli.Rendering;

/// <summary>Errors with everything that helps to find out more.</summary>
internal static class ErrorPanel
{
    /// <summary>An agent's stdout is a protocol with long lines; what people look for is mostly in its stderr.</summary>
    private const int MostStdoutLines = 6;
    private const int MostStderrLines = 40;
    private const int LongestStdoutLine = 48;
    private const int LongestStderrLine = 1000;
    private static readonly Style Failure = new(Color.Red);
    private static readonly Style Label = new(decoration: Decoration.Dim);

    /// <summary>Why a turn failed: category, exit code, elapsed time, sandbox, and the tails of both outputs.</summary>
    public static IRenderable Of(TurnError error)
    {
        var rows = new List<IRenderable> { Plain(error.Message, Failure), Text.Empty, Facts(
            ("category", error.Category),
            ("code", error.Code),
            ("exit code", error.ExitCode?.ToString(CultureInfo.InvariantCulture) ?? "none: the agent did not exit by itself"),
            ("elapsed", TimeText.Seconds(error.ElapsedSeconds)),
            ("sandbox", error.SandboxId ?? "none"),
            ("request id", error.RequestId),
            ("prompt", error.Prompt is { } prompt ? Printable.OneLine(prompt, 200) : null),
            ("retry", error.RetryStatus?.Type),
            ("trace", error.TraceUrl ?? error.TraceId)) };
        rows.AddRange(Tail("end of stdout", error.Stdout, MostStdoutLines, LongestStdoutLine));
        rows.AddRange(Tail("end of stderr", error.Stderr, MostStderrLines, LongestStderrLine));
        return Framed($"The turn failed: {error.Category}", rows);
    }

    /// <summary>What the server answered instead of doing what was asked.</summary>
    public static IRenderable Of(ApiErrorInfo error) => Framed(
        $"The server refused: {error.Type}",
        [
            Plain(error.Message, Failure), Text.Empty, Facts(
                ("code", error.Code),
                ("category", error.Category),
                ("field", error.Field),
                ("HTTP status", error.Status.ToString(CultureInfo.InvariantCulture)),
                ("request id", error.RequestId)),
        ]);

    public static IRenderable Of(string title, string message, string? remedy = null) => Framed(
        title, remedy is null ? [Plain(message, Failure)] : [Plain(message, Failure), Text.Empty, Plain(remedy)]);

    private static Grid Facts(params (string Name, string? Value)[] facts)
    {
        var grid = new Grid().AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 2, 0) }).AddColumn();
        foreach (var (name, value) in facts)
        {
            if (!string.IsNullOrEmpty(value))
            {
                grid.AddRow(new Text(name, Label), Plain(value));
            }
        }

        return grid;
    }

    private static IEnumerable<IRenderable> Tail(string title, string? text, int mostLines, int longestLine)
    {
        yield return Text.Empty;
        if (string.IsNullOrWhiteSpace(text))
        {
            yield return new Text($"{title}: nothing", Label);
            yield break;
        }

        var lines = Printable.Lines(text);
        var skipped = Math.Max(0, lines.Count - mostLines);
        yield return new Text(skipped > 0 ? $"{title} (after {skipped} more {(skipped == 1 ? "line" : "lines")}):" : $"{title}:", Label);
        foreach (var line in lines.Skip(skipped))
        {
            yield return new Padder(new Text(Printable.Shortened(line, longestLine)), new Padding(2, 0, 0, 0));
        }
    }

    private static Text Plain(string text, Style? style = null) => new(Printable.Clean(text), style);

    private static Panel Framed(string title, IReadOnlyList<IRenderable> rows) =>
        new Panel(new Rows(rows))
            .Header(new PanelHeader($" {Markup.Escape(title)} "))
            .Border(BoxBorder.Rounded)
            .BorderStyle(Failure);
}
