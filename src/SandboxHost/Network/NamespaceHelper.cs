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
    // Without modules, which perl would take longer to load than everything else here takes.
    private const string MakeSockets = """
        for (1 .. $ARGV[0]) { socket(my $s, 10, 1, 0) or die "socket: $!\n"; push @s, $s }
        """;

    private const string MakeListener = """
        socket(my $s, 2, 1, 0) or die "socket: $!\n";
        setsockopt($s, 1, 2, 1) or die "setsockopt: $!\n";
        bind($s, pack("S n a4 x8", 2, $ARGV[0], "\x7f\0\0\1")) or die "bind 127.0.0.1:$ARGV[0]: $!\n";
        listen($s, 128) or die "listen: $!\n";
        @s = ($s);
        """;

    /// <summary>Says the numbers of its sockets and waits until they are taken.</summary>
    private const string Offer = """

        $| = 1;
        print join(" ", map fileno($_), @s), "\n";
        <STDIN>;
        """;

    /// <returns>TCP sockets for IPv6 and, by mapped addresses, IPv4; not connected to anything.</returns>
    /// <exception cref="SandboxGoneException"/>
    /// <exception cref="InvalidOperationException">It cannot be done here; the message says why.</exception>
    internal static Task<IReadOnlyList<Socket>> MakeSocketsAsync(Namespaces namespaces, int count) =>
        RunAsync(namespaces, MakeSockets + Offer, count);

    /// <returns>A socket that listens on this port of the sandbox's loopback.</returns>
    /// <inheritdoc cref="MakeSocketsAsync"/>
    internal static async Task<Socket> ListenAsync(Namespaces namespaces, int port) =>
        (await RunAsync(namespaces, MakeListener + Offer, port))[0];

    private static async Task<IReadOnlyList<Socket>> RunAsync(Namespaces namespaces, string script, int argument)
    {
        if (!namespaces.TryUse()) throw new SandboxGoneException();
        using Pipe input = new(), output = new(), error = new();
        try
        {
            var helper = Child.Start(
                Tools.NsEnter,
                [
                    $"--user={namespaces.PathOf("user")}", $"--net={namespaces.PathOf("net")}", "--preserve-credentials",
                    "--", Tools.Perl, "-e", script, argument.ToString(CultureInfo.InvariantCulture),
                ],
                ["LC_ALL=C"],
                [input.ReadFd, output.WriteFd, error.WriteFd]);
            await using Stream done = input.TakeWriter(), offers = output.TakeReader(), errors = error.TakeReader();
            input.Dispose();
            output.Dispose();
            error.Dispose();
            using var reader = new StreamReader(offers);
            return await reader.ReadLineAsync() is { } numbers
                ? Take(helper.Pid, numbers)
                : throw new InvalidOperationException(
                    $"No socket can be made in the sandbox's network: {await new StreamReader(errors).ReadToEndAsync()}");
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
        foreach (var number in numbers.Split(' '))
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
