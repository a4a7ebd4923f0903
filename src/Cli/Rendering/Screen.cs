using Spectre.Console;
using Spectre.Console.Rendering;

namespace Colloquy.Cli.Rendering;

/// <summary>Where a command writes: with colours on a terminal, as plain text into a pipe or a file.</summary>
internal sealed class Screen
{
    /// <summary>Tables, rules and panels need some width where there is no terminal to ask.</summary>
    private const int PipedWidth = 140;

    private const int EndlessWidth = 1_000_000;
    private const long SmallTransfer = 4 * 1024 * 1024;

    private readonly IAnsiConsole _console;
    private readonly TextWriter _writer;
    private readonly int _tableWidth;

    private Screen(IAnsiConsole console, TextWriter writer, bool isTerminal, int tableWidth)
    {
        _tableWidth = tableWidth;
        _console = console;
        _writer = writer;
        IsTerminal = isTerminal;
    }

    public bool IsTerminal { get; }

    public static Screen Output() => For(Console.Out, Console.IsOutputRedirected);

    public static Screen Errors() => For(Console.Error, Console.IsErrorRedirected);

    /// <param name="tableWidth">How wide tables may be; null for no limit.</param>
    public static Screen Plain(TextWriter writer, int? tableWidth = null)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = PipedWidth;
        console.Profile.Capabilities.Unicode = true;
        return new Screen(console, writer, isTerminal: false, tableWidth ?? EndlessWidth);
    }

    /// <summary>One line or more, as they are: what is copied from a terminal or a pipe has no added breaks.</summary>
    public void Line(string text = "", Style? style = null)
    {
        if (IsTerminal && style is not null)
        {
            WriteUnwrapped(new Text(Printable.Clean(text) + Environment.NewLine, style));
        }
        else
        {
            _writer.WriteLine(Printable.Clean(text));
        }
    }

    /// <summary>A piece of a line, or of more than one, seen at once.</summary>
    public void Piece(string text)
    {
        _writer.Write(Printable.Clean(text));
        _writer.Flush();
    }

    /// <summary>Without a line's end: a prompt.</summary>
    public void Prompt(string text)
    {
        _console.Write(new Text(text, new Style(Color.Green, decoration: Decoration.Bold)));
        _writer.Flush();
    }

    /// <summary>Text for programs, exactly as it is.</summary>
    public void Raw(string text) => _writer.WriteLine(text);

    public TextWriter Writer => _writer;

    /// <summary>
    /// Shows how far a transfer is, on a terminal only; small ones are over before anybody could read it.
    /// </summary>
    /// <param name="size">In bytes; null if it is not known.</param>
    /// <param name="transfer">Gets what it tells of every piece how many bytes it had.</param>
    public Task WithProgressAsync(string title, long? size, Func<Action<long>, Task> transfer)
    {
        if (!IsTerminal || size < SmallTransfer)
        {
            return transfer(_ => { });
        }

        ProgressColumn[] columns = size is null
            ? [new SpinnerColumn(), new TaskDescriptionColumn(), new TransferSpeedColumn(), new ElapsedTimeColumn()]
            : [new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn()];
        return _console.Progress().AutoClear(true).Columns(columns).StartAsync(progress =>
        {
            var task = progress.AddTask(Markup.Escape(Printable.OneLine(title, 40)), maxValue: size ?? double.MaxValue);
            return transfer(count => task.Increment(count));
        });
    }

    public void Write(IRenderable renderable) => _console.Write(renderable);

    /// <summary>Whether nothing of it must be broken; in a pipe everything fits.</summary>
    public bool Fits(IRenderable renderable) =>
        renderable.Measure(RenderOptions.Create(_console, _console.Profile.Capabilities), EndlessWidth).Max <= _tableWidth;

    public void WriteTable(Table table) => WriteUnwrapped(table);

    /// <summary>Leaves long lines to the terminal, which knows that they are one.</summary>
    private void WriteUnwrapped(IRenderable renderable)
    {
        var width = _console.Profile.Width;
        _console.Profile.Width = EndlessWidth;
        _console.Write(renderable);
        _console.Profile.Width = width;
    }

    private static Screen For(TextWriter writer, bool redirected)
    {
        if (redirected)
        {
            return Plain(writer);
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        return new Screen(console, writer, isTerminal: true, console.Profile.Width);
    }
}
