namespace Colloquy.SandboxHost.Tests.Network;

/// <summary>Commands that make connections from inside.</summary>
public static class Talk
{
    /// <summary>Prints what comes back for a line, or why nothing can be reached.</summary>
    public static string Say(string address, int port, string line) =>
        $"bash -c 'exec 3<>/dev/tcp/{address}/{port} && echo {line} >&3 && head -n 1 <&3' 2>&1";

    /// <summary>Sends its whole input, says that this was all, and prints all that comes back.</summary>
    public static string SendAll(int port) =>
        $$"""
        perl -MSocket -e 'socket S, AF_INET, SOCK_STREAM, 0; connect S, pack_sockaddr_in({{port}}, INADDR_LOOPBACK) or die $!;
          if (!fork) { binmode STDIN; syswrite S, $_ while read STDIN, $_, 65536; shutdown S, 1; exit }
          print while read S, $_, 65536; wait'
        """;
}
