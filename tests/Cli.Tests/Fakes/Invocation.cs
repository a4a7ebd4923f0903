using Colloquy.Cli.Commands;
using Colloquy.Cli.Hosting;
using Colloquy.Cli.Rendering;

namespace Colloquy.Cli.Tests.Fakes;

/// <summary>Runs command lines with everything around them under control.</summary>
internal sealed class Invocation : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    public Interrupts Interrupts { get; } = new();

    public TextReader Input { get; set; } = TextReader.Null;

    public bool Prompts { get; set; }

    /// <summary>Where bytes go that are no text.</summary>
    public Stream Stdout { get; set; } = Stream.Null;

    public IServers Servers { get; set; } = new FakeServers { CannotStart = new ServerNotStartedException("no server here") };

    public string Output => _output.ToString();

    public string Errors => _errors.ToString();

    public Task<int> RunAsync(params string[] arguments) => CommandLine.RunAsync(arguments, new CliContext(
        Screen.Plain(TextWriter.Synchronized(_output)), Screen.Plain(TextWriter.Synchronized(_errors)), Input, Prompts,
        Interrupts, Servers, TimeProvider.System, "colloquy")
    {
        OpenOutput = () => Stdout,
    });

    public void Dispose()
    {
        Interrupts.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }
}
