using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Colloquy.SandboxHost.Tests.Support;

/// <summary>The envelopes of one Connect stream.</summary>
public sealed class TestStream(HttpResponseMessage response) : IDisposable
{
    public HttpResponseMessage Response => response;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async Task<(byte Flags, JsonNode Json)> NextAsync()
    {
        var body = await response.Content.ReadAsStreamAsync(Cancel);
        var header = new byte[5];
        await body.ReadExactlyAsync(header, Cancel);
        var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1))];
        await body.ReadExactlyAsync(payload, Cancel);
        return (header[0], JsonNode.Parse(payload)!);
    }

    /// <summary>The pid in the start event.</summary>
    public async Task<int> StartedAsync() => (int)(await NextAsync()).Json["event"]!["start"]!["pid"]!;

    public async Task<string> NextOutputAsync()
    {
        var (_, json) = await NextAsync();
        return Encoding.UTF8.GetString(Convert.FromBase64String((string)json["event"]!["data"]!["stdout"]!));
    }

    public async Task<CommandResult> ReadToEndAsync()
    {
        var (stdout, stderr) = (new MemoryStream(), new MemoryStream());
        JsonNode? end = null;
        while (true)
        {
            var (flags, json) = await NextAsync();
            if (flags == 2)
                return new CommandResult(Encoding.UTF8.GetString(stdout.ToArray()), Encoding.UTF8.GetString(stderr.ToArray()), end, json);
            var happened = json["event"]!;
            end ??= happened["end"];
            if ((string?)happened["data"]?["stdout"] is { } output) stdout.Write(Convert.FromBase64String(output));
            if ((string?)happened["data"]?["stderr"] is { } error) stderr.Write(Convert.FromBase64String(error));
        }
    }

    public void Dispose() => response.Dispose();
}
