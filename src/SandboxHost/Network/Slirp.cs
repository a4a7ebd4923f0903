using System.Runtime.InteropServices;
using System.Text;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Network;

/// <summary>
/// Gives a sandbox a network in user space: slirp4netns, outside of it and with next to no rights of its own. It
/// outlives the server and ends with the sandbox.
/// </summary>
internal static class Slirp
{
    private const int LongestError = 4096;
    internal const string DnsServer = "10.0.2.3";
    private const string Device = "/dev/net/tun";

    // Root's slirp4netns can give up all rights and every file. Another user's has no rights to begin with, and cannot:
    // for that it would have to become a root that the sandbox's user namespace does not have.
    private static readonly string[] Jail = Environment.IsPrivilegedProcess ? ["--enable-sandbox"] : [];

    /// <summary>
    /// Lives beside slirp4netns, which knows no sandbox but ends when a certain pipe is closed: this script holds the
    /// pipe until the sandbox's first process (descriptor 3) ends, or itself is killed. It also reads what slirp4netns
    /// has to say, which the server hears (descriptor 2) while it waits for the network to be ready (descriptor 4).
    /// </summary>
    private const string Keeper = """
        $^F = 255;
        $SIG{PIPE} = 'IGNORE';
        pipe(my $alive, my $hold) && pipe(my $log, my $err) or die "pipe: $!\n";
        my $program = shift;
        defined(my $child = fork) or die "fork: $!\n";
        if (!$child) {
          open STDERR, '>&', $err;
          open my $init, '<&=', 3;
          close $_ for $init, $hold, $log, $err;
          exec $program, '--exit-fd=' . fileno $alive, @ARGV or die "$program: $!\n";
        }
        open my $ready, '>&=', 4;
        close $_ for $ready, $alive, $err;
        vec(my $watched, 3, 1) = 1;
        vec($watched, fileno $log, 1) = 1;
        while (select(my $readable = $watched, undef, undef, undef) > 0) {
          last if vec $readable, 3, 1;
          sysread $log, my $text, 4096 or last;
          syswrite STDERR, $text;
        }
        """;

    /// <returns>Null if it can be used here; else what is missing.</returns>
    internal static string? Missing()
    {
        if (Tools.Slirp is null) return "slirp4netns is not installed (apt-get install slirp4netns)";
        var fd = LibC.open(Device, LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        if (fd < 0)
        {
            return $"{Device} cannot be opened: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())} "
                + "(modprobe tun; chmod 666 it, as most systems have it; in a container, pass the device in)";
        }

        _ = LibC.close(fd);
        return null;
    }

    /// <summary>Connects the sandbox, unless the one that an earlier server started still does.</summary>
    /// <param name="folder">The sandbox's, for the record of it.</param>
    /// <exception cref="SandboxGoneException"/>
    /// <exception cref="InvalidOperationException">It fails; the message says with what.</exception>
    internal static async Task ConnectAsync(Namespaces namespaces, string folder)
    {
        if (SlirpRecord.Read(folder) is { } earlier
            && earlier.Init == namespaces.InitPid
            && ProcessTable.StartTime(earlier.Pid) == earlier.StartTime) return;
        if (!namespaces.TryUse()) throw new SandboxGoneException();
        try
        {
            await NamespaceHelper.HideLinkLocalAsync(namespaces);
            await StartAsync(namespaces, folder);
        }
        finally
        {
            namespaces.Leave();
        }
    }

    private static async Task StartAsync(Namespaces namespaces, string folder)
    {
        using var init = ProcessTable.Open(namespaces.InitPid) ?? throw new SandboxGoneException();
        using Pipe ready = new(), error = new();
        var keeper = Child.Start(
            Tools.Perl,
            [
                "-e", Keeper, Tools.Slirp!, "--configure", "--mtu=65520", "--disable-host-loopback", "--enable-seccomp",
                .. Jail, "--ready-fd=4", "--netns-type=path", $"--userns-path={namespaces.PathOf("user")}",
                namespaces.PathOf("net"), "tap0",
            ],
            ["LC_ALL=C"],
            [NoInput.Fd, NoOutput.Fd, error.WriteFd, (int)init.DangerousGetHandle(), ready.WriteFd]);
        await using Stream readies = ready.TakeReader(), errors = error.TakeReader();
        ready.Dispose();
        error.Dispose();
        new SlirpRecord(namespaces.InitPid, keeper.Pid, ProcessTable.StartTime(keeper.Pid) ?? 0).Write(folder);
        if (await readies.ReadAsync(new byte[1]) == 1) return;
        await keeper.Exited;
        throw new InvalidOperationException(
            $"slirp4netns could not connect the sandbox: {await ReadErrorAsync(errors)}");
    }

    private static async Task<string> ReadErrorAsync(Stream errors)
    {
        var buffer = new byte[LongestError];
        var length = await errors.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(buffer, 0, length).Trim();
    }
}
