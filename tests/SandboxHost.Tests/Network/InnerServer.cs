using System.Globalization;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Network;

/// <summary>A small HTTP server that runs inside a sandbox.</summary>
public static class InnerServer
{
    private const string Script = """
        use IO::Socket::INET; use Digest::SHA qw(sha1_base64);
        $| = 1; $SIG{CHLD} = 'IGNORE';
        my ($port, $name) = @ARGV;
        my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1) or die $@;
        print "ready\n";
        while (my $client = $server->accept) {
          if (fork) { close $client; next }
          my ($head, $length, $key) = ('', 0, '');
          while (<$client>) {
            last if /^\r\n/;
            $head .= $_;
            $length = $1 if /^content-length: (\d+)/i;
            $key = $1 if /^sec-websocket-key: (\S+)/i;
          }
          read($client, my $body, $length) if $length;
          $client->autoflush(1);
          my $start = "HTTP/1.1 200 OK\r\nConnection: close\r\nX-Inner: $name\r\n";
          if ($head =~ m{^GET /stream }) {
            # The second half is sent once something is written to the pipe.
            print $client $start, "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
            open my $go, '<', '/tmp/go'; <$go>;
            print $client "6\r\nsecond\r\n0\r\n\r\n";
          } elsif ($head =~ m{^GET /break }) {
            # Nothing is answered.
          } elsif ($key) {
            my $accept = sha1_base64($key . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=';
            print $client "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: $accept\r\n\r\n";
            # One short text message is sent back as it came.
            read $client, my $frame, 6;
            my ($type, $size, $mask) = unpack 'C C a4', $frame;
            read $client, my $text, $size & 127;
            $text ^= substr $mask x 32, 0, length $text;
            print $client pack('C C', 0x81, length $text), $text;
            read $client, my $close, 1;
          } else {
            my $answer = $head . $body;
            print $client $start, 'Content-Length: ', length $answer, "\r\n\r\n", $answer;
          }
          exit;
        }
        """;

    /// <summary>Starts it and waits until it listens. It answers with the request as it saw it.</summary>
    public static async Task<TestStream> StartAsync(TestSandbox sandbox, int port, string name = "inner")
    {
        using (var uploaded = await sandbox.UploadAsync("server.pl", Script)) uploaded.EnsureSuccessStatusCode();
        var stream = await sandbox.ShellAsync(
            string.Create(CultureInfo.InvariantCulture, $"exec perl server.pl {port} {name} 2>&1"));
        await stream.StartedAsync();
        Assert.Equal("ready\n", await stream.NextOutputAsync());
        return stream;
    }
}
