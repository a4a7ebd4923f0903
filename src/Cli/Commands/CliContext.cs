using Colloquy.Cli.Hosting;
using Colloquy.Cli.Rendering;

namespace Colloquy.Cli.Commands;

/// <summary>What surrounds a command: its terminal, its signals, its clock, and the servers of this machine.</summary>
/// <param name="Prompts">A person types: show prompts and hints.</param>
/// <param name="Program">How the reader calls this program.</param>
internal sealed record CliContext(
    Screen Output,
    Screen Errors,
    TextReader Input,
    bool Prompts,
    Interrupts Interrupts,
    IServers Servers,
    TimeProvider Time,
    string Program)
{
    public static CliContext FromSystem(Interrupts interrupts, IServers servers) => new(
        Screen.Output(),
        Screen.Errors(),
        Console.In,
        Prompts: !Console.IsInputRedirected && !Console.IsOutputRedirected,
        interrupts,
        servers,
        TimeProvider.System,
        ProgramName());

    /// <summary>The standard output for bytes that are no text.</summary>
    public Func<Stream> OpenOutput { get; init; } = Console.OpenStandardOutput;

    public ServerAccess Access => new(Servers, Time);

    private static string ProgramName()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Any(folder => File.Exists(Path.Combine(folder, "colloquy")))
            ? "colloquy"
            : "dotnet run --project src/Cli --";
    }
}
