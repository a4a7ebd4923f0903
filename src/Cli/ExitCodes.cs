namespace Colloquy.Cli;

/// <summary>What the commands end with; documented in docs/cli.md.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The turn failed, or a criterion of the demo does not hold.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong, or the server refused the request.</summary>
    public const int Usage = 2;

    /// <summary>No server: it cannot be reached, cannot be started, or failed itself.</summary>
    public const int Server = 3;

    /// <summary>The turn ran out of time; the same number as timeout(1).</summary>
    public const int Timeout = 124;

    /// <summary>Interrupted by Ctrl-C; the same number as a shell shows.</summary>
    public const int Interrupted = 130;
}
