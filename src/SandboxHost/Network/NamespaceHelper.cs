using System.ComponentModel;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Network;

/// <summary>
/// Makes sockets inside a sandbox's network for use out here. A socket stays in the network it was made in, whoever
/// holds it. A process of many threads like this one cannot enter a user namespace, so a short-lived helper does, and
/// its sockets are taken from it. It runs the host's programs in the host's pid namespace: nothing inside can see it.
/// </summary>
internal static class NamespaceHelper
{
    /// <summary>
    /// By itself and not by nsenter: a program that another one starts inside has lost the rights over the network.
    /// </summary>
    private const string Enter = """
        my ($setns, $user, $net, $argument) = @ARGV;
        open my $u, '<', $user and open my $n, '<', $net or die "namespaces: $!\n";
        syscall($setns, fileno $_, 0) == 0 or die "setns: $!\n" for $u, $n;

        """;

    // Without modules, which perl would take longer to load than everything else here takes.
    private const string MakeSockets = """
        for (1 .. $argument) { socket(my $s, 10, 1, 0) or socket($s, 2, 1, 0) or die "socket: $!\n"; push @s, $s }
        """;

    private const string MakeListener = """
        socket(my $s, 2, 1, 0) or die "socket: $!\n";
        setsockopt($s, 1, 2, 1) or die "setsockopt: $!\n";
        bind($s, pack("S n a4 x8", 2, $argument, "\x7f\0\0\1")) or die "bind 127.0.0.1:$argument: $!\n";
        listen($s, 128) or die "listen: $!\n";
        @s = ($s);
        """;

    /// <summary>
    /// Makes 169.254.0.0/16 unreachable. Clouds give machines their credentials there, and the sandbox, which has no
    /// rights over its network, cannot undo it.
    /// </summary>
    private const string HideLinkLocal = """
        socket(my $s, 2, 2, 0) or die "socket: $!\n";
        my ($network, $mask, $any) = map pack("S n a4 x8", 2, 0, $_), "\xa9\xfe\0\0", "\xff\xff\0\0", "\0\0\0\0";
        my $route = pack "L! a16 a16 a16 S x64", 0, $network, $any, $mask, 0x201;
        ioctl($s, 0x890b, $route) or $! == 17 or die "route: $!\n";
        """;

    /// <summary>Says the numbers of its sockets and waits until they are taken.</summary>
    private const string Offer = """

        $| = 1;
        print join(" ", map fileno($_), @s), "\n";
        <STDIN>;
        """;

    /// <returns>
    /// TCP sockets for IPv6 and, by mapped addresses, IPv4; not connected to anything. For IPv4 where the kernel has no
    /// IPv6.
    /// </returns>
    /// <exception cref="SandboxGoneException"/>
    /// <exception cref="InvalidOperationException">It cannot be done here; the message says why.</exception>
    internal static Task<IReadOnlyList<Socket>> MakeSocketsAsync(Namespaces namespaces, int count) =>
        RunAsync(namespaces, MakeSockets, count);

    /// <returns>A socket that listens on this port of the sandbox's loopback.</returns>
    /// <inheritdoc cref="MakeSocketsAsync"/>
    internal static async Task<Socket> ListenAsync(Namespaces namespaces, int port) =>
        (await RunAsync(namespaces, MakeListener, port))[0];

    /// <inheritdoc cref="MakeSocketsAsync"/>
    internal static Task HideLinkLocalAsync(Namespaces namespaces) => RunAsync(namespaces, HideLinkLocal, 0);

    private static async Task<IReadOnlyList<Socket>> RunAsync(Namespaces namespaces, string script, int argument)
    {
        if (!namespaces.TryUse()) throw new SandboxGoneException();
        using Pipe input = new(), output = new(), error = new();
        try
        {
            var helper = Child.Start(
                Tools.Perl,
                [
                    "-e", Enter + script + Offer,
                    LibC.SysSetNs.ToString(CultureInfo.InvariantCulture), namespaces.PathOf("user"),
                    namespaces.PathOf("net"), argument.ToString(CultureInfo.InvariantCulture),
                ],
                ["LC_ALL=C"],
                [input.ReadFd, output.WriteFd, error.WriteFd]);
            await using Stream done = input.TakeWriter(), offers = output.TakeReader(), errors = error.TakeReader();
            input.Dispose();
            output.Dispose();
            error.Dispose();
            using var reader = new StreamReader(offers);
            if (await reader.ReadLineAsync() is not { } numbers)
            {
                throw new InvalidOperationException(
                    $"The sandbox's network cannot be set up: {await new StreamReader(errors).ReadToEndAsync()}");
            }

            var sockets = Take(helper.Pid, numbers);
            // From now on they are ours alone: closing one closes it.
            await done.DisposeAsync();
            await helper.Exited;
            return sockets;
        }
        finally
        {
            namespaces.Leave();
        }
    }

    private static List<Socket> Take(int pid, string numbers)
    {
        var sockets = new List<Socket>();
        using var process = ProcessTable.Open(pid) ?? throw new SandboxGoneException();
        foreach (var number in numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var fd = LibC.PidfdGetFd(process, int.Parse(number, CultureInfo.InvariantCulture));
            if (fd >= 0)
            {
                sockets.Add(new Socket(new SafeSocketHandle(fd, ownsHandle: true)));
                continue;
            }

            var failure = new Win32Exception(Marshal.GetLastPInvokeError());
            foreach (var taken in sockets) taken.Dispose();
            throw new InvalidOperationException(
                $"Sockets cannot be taken out of sandboxes: pidfd_getfd: {failure.Message}. It needs Linux 5.6, and the "
                + "right to trace own child processes, which some containers withhold.",
                failure);
        }

        return sockets;
    }
}
