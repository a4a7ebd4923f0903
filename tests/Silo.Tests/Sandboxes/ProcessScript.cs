using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Colloquy.Silo.Sandboxes.E2B;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Silo.Sandboxes;

/// <summary>What a scripted process sends, in pieces that respect neither frames nor characters.</summary>
internal sealed class ProcessScript(HttpContext context, RecordedRequest request)
{
    private readonly Random _random = new(Seed: 42);

    public RecordedRequest Request => request;

    public CancellationToken ClientLeft => context.RequestAborted;

    public Task StartAsync(int pid) => EventAsync(new() { ["start"] = new JsonObject { ["pid"] = pid } });

    public Task StdoutAsync(ReadOnlySpan<byte> bytes) => DataAsync("stdout", bytes);

    public Task StderrAsync(ReadOnlySpan<byte> bytes) => DataAsync("stderr", bytes);

    public Task KeepaliveAsync() => EventAsync(new() { ["keepalive"] = new JsonObject() });

    /// <summary>As proto3 JSON has it: what is zero or false is left out.</summary>
    public async Task EndAsync(int exitCode)
    {
        var end = new JsonObject { ["exited"] = true, ["status"] = $"exit status {exitCode}" };
        if (exitCode != 0)
        {
            end["exitCode"] = exitCode;
        }

        await EventAsync(new() { ["end"] = end });
        await TrailerAsync("{}");
    }

    public Task EventAsync(JsonObject happened) => SendAsync(Render(new JsonObject { ["event"] = happened }));

    public Task SendAsync(string json) => WriteAsync(EnvelopeReader.Write(Encoding.UTF8.GetBytes(json)));

    public Task TrailerAsync(string json) =>
        WriteAsync(EnvelopeReader.Write(Encoding.UTF8.GetBytes(json), EnvelopeFlags.EndOfStream));

    public async Task WriteAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            var piece = Math.Min(_random.Next(1, Math.Max(2, bytes.Length / 3)), bytes.Length - sent);
            await context.Response.Body.WriteAsync(bytes.AsMemory(sent, piece));
            await context.Response.Body.FlushAsync();
            sent += piece;
        }
    }

    public void Cut() => context.Abort();

    public Task SilenceAsync() => Task.Delay(Timeout.InfiniteTimeSpan, ClientLeft)
        .ContinueWith(_ => { }, TaskScheduler.Default);

    private Task DataAsync(string kind, ReadOnlySpan<byte> bytes) =>
        EventAsync(new() { ["data"] = new JsonObject { [kind] = Convert.ToBase64String(bytes) } });

    /// <summary>Go's encoder varies insignificant whitespace between builds, on purpose.</summary>
    private string Render(JsonObject message) =>
        message.ToJsonString(new JsonSerializerOptions { WriteIndented = _random.Next(2) == 0 });
}
