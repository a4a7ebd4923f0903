namespace Colloquy.SandboxHost.Linux;

/// <param name="Code">Null if a signal ended the process.</param>
/// <param name="Signal">0 if it exited by itself.</param>
internal readonly record struct ExitStatus(int? Code, int Signal)
{
    /// <summary>Reads what <c>waitpid</c> reports.</summary>
    internal static ExitStatus FromWait(int status) =>
        (status & 0x7f) == 0 ? new((status >> 8) & 0xff, 0) : new(null, status & 0x7f);

    /// <summary>In the words of Go's runtime, which E2B's daemon passes on.</summary>
    public override string ToString() => Code is { } code
        ? $"exit status {code}"
        : "signal: " + Signal switch
        {
            1 => "hangup",
            2 => "interrupt",
            3 => "quit",
            6 => "aborted",
            9 => "killed",
            11 => "segmentation fault",
            13 => "broken pipe",
            14 => "alarm clock",
            15 => "terminated",
            _ => $"signal {Signal}",
        };
}
