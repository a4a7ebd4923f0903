namespace Colloquy.Silo;

/// <summary>How to start a server in this process.</summary>
public sealed record ServerSettings
{
    /// <summary>Where it listens; port 0 takes a free one. Default: <c>http://127.0.0.1:7710</c>.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:7710";

    /// <summary>Where everything is kept. Default: see <see cref="DefaultDataFolder"/>.</summary>
    public string? DataFolder { get; init; }

    /// <summary>
    /// The data folder is removed afterwards. What templates install is then kept where the server of the default
    /// data folder keeps it, unless <c>SandboxHost:TemplateCache</c> says otherwise.
    /// </summary>
    public bool Temporary { get; init; }

    /// <summary>No log lines on the console.</summary>
    public bool Quiet { get; init; }

    /// <summary>
    /// What sandboxes of the default agent are made from is installed as soon as it has started, in the background. False
    /// for a server that is there for one command.
    /// </summary>
    public bool PreparesSandboxes { get; init; } = true;

    /// <summary>
    /// Ctrl-C and SIGTERM stop the server. False for a program that listens to them itself: in a chat, Ctrl-C ends the
    /// turn and not the server.
    /// </summary>
    public bool HandlesSignals { get; init; } = true;

    /// <summary><c>Production</c> or <c>Development</c>; only the latter runs without isolation if it must.</summary>
    public string Environment { get; init; } =
        System.Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? "Production";

    /// <summary>More configuration, as on a command line: <c>--Section:Key value</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary><c>$XDG_DATA_HOME/colloquy</c>, or <c>~/.local/share/colloquy</c>.</summary>
    public static string DefaultDataFolder => Path.Combine(
        System.Environment.GetFolderPath(
            System.Environment.SpecialFolder.LocalApplicationData, System.Environment.SpecialFolderOption.DoNotVerify),
        "colloquy");
}
