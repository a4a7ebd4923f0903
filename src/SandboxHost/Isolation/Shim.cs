using System.Globalization;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>
/// The parent of one command. It belongs to the host, where the sandbox cannot see it, and outlives this server: it
/// keeps the command's input open, waits for its end and leaves the exit status in a file. It is Perl because no tool
/// or shell tells a SIGKILL from an exit code 137, or empties the capability bounding set after entering a namespace.
/// </summary>
internal static class Shim
{
    /// <summary>Makes it let go of the command's input.</summary>
    internal const int CloseInput = LibC.SIGUSR1;

    // Descriptors: 0 and 1 the command's, 2 nothing, 3 answers and 4 the line of EntryScript, 5 is open as long as this
    // runs and tells the command's pid (or why there is none), 6 the exit status, 7 the command's errors, 8 the writing
    // end of its input, 9 and on the namespaces.
    private const string Text = """
        $^F = 4;
        my ($setns, $prctl, $namespaces, $entry) = @ARGV;
        sub take { open my $handle, '+<&=', $_[0] or exit 1; $handle }
        my ($answers, $command, $alive, $exit, $error, $input) = map take($_), 3 .. 8;
        $SIG{USR1} = sub { close $input };
        for my $fd (9 .. 8 + $namespaces) {
            my $handle = take($fd);
            syscall($setns + 0, $fd, 0) == 0 or exit 1;
        }
        if ($namespaces) {
            my ($no_new_privs, $drop_bounding, $capability) = (38, 24, 0);
            syscall($prctl + 0, $no_new_privs, 1, 0, 0, 0) == 0 or exit 1;
            $capability++ while syscall($prctl + 0, $drop_bounding, $capability, 0, 0, 0) == 0;
        }
        my $pid = fork;
        if (!defined $pid) { syswrite $alive, -($! + 0) . "\n"; exit 1 }
        if (!$pid) {
            setpgrp;
            open STDERR, '>&', $error or exit 1;
            exec '/bin/sh', '-c', $entry or exit 127;
        }
        close $_ for *STDIN, *STDOUT, $answers, $command, $error;
        syswrite $alive, "$pid\n";
        waitpid $pid, 0;
        syswrite $exit, "$?\n";
        """;

    /// <param name="namespaces">How many are to be entered.</param>
    /// <param name="limits">Lines that come before the entry script.</param>
    internal static IReadOnlyList<string> Arguments(int namespaces, string limits) =>
        ["-e", Text, Decimal(LibC.SysSetNs), Decimal(LibC.SysPrCtl), Decimal(namespaces), limits + EntryScript.Text];

    private static string Decimal(int number) => number.ToString(CultureInfo.InvariantCulture);
}
