using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using Colloquy.Silo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;
using static Colloquy.EndToEnd.ApiClient;

namespace Colloquy.EndToEnd;

/// <summary>The server's own telemetry, received by a collector that keeps the bytes.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    private readonly TemporaryFolder _data = new();

    [Fact]
    public async Task One_trace_goes_from_the_callers_request_through_the_grain_to_the_turn()
    {
        await using var collector = await Collector.StartAsync();
        await using (var server = await StartAsync(collector.Url))
        {
            using var api = new ApiClient(server.Url);
            using var http = new HttpClient { BaseAddress = new Uri(server.Url) };
            var session = await api.CreateSessionAsync();
            // The caller's own span: its HTTP client passes it on.
            using var caller = new Activity("caller").SetParentId(
                ActivityTraceId.CreateFromString(TraceId), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
            caller.Start();
            using var sent = await http.PostAsJsonAsync(
                $"/v1/sessions/{session}/events",
                new { events = new[] { new { type = "user.message", content = "What is 1+1?" } } },
                TestContext.Current.CancellationToken);
            var events = await api.ReadUntilAsync(session, 0, stored => Type(stored) == "session.status_idle");
            Assert.Equal(TraceId, (string?)events[^1]["trace"]!["trace_id"]);
        }

        // Stopping the server flushes what it had not sent yet.
        Assert.All(
            (string[])["POST /v1/sessions/{session_id}/events", "ISessionGrain", "invoke_agent Offline"],
            span => Assert.Contains(collector.Spans(), sent => sent.Trace == TraceId && sent.Name.Contains(span, StringComparison.Ordinal)));
        Assert.Contains("colloquy.turns.ended", collector.Text("/v1/metrics"), StringComparison.Ordinal);
    }

    public void Dispose() => _data.Dispose();

    private Task<ColloquyServer> StartAsync(string collector) => ColloquyServer.StartAsync(
        new ServerSettings
        {
            Urls = "http://127.0.0.1:0",
            DataFolder = _data.Path,
            Quiet = true,
            Arguments = ["--OTEL_EXPORTER_OTLP_ENDPOINT", collector, "--OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"],
        },
        TestContext.Current.CancellationToken);

    private sealed class Collector(WebApplication app, ConcurrentQueue<(string Path, byte[] Body)> received) : IAsyncDisposable
    {
        public string Url => app.Urls.First();

        public static async Task<Collector> StartAsync()
        {
            var received = new ConcurrentQueue<(string, byte[])>();
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            app.MapPost("/{**path}", async (HttpContext context) =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                received.Enqueue((context.Request.Path, body.ToArray()));
            });
            await app.StartAsync();
            return new Collector(app, received);
        }

        public string Text(string path) => string.Concat(
            received.Where(sent => sent.Path == path).Select(sent => Encoding.Latin1.GetString(sent.Body)));

        /// <summary>
        /// Trace id and name of each span, by the layout of opentelemetry.proto.trace.v1.Span: field 1 is the trace id
        /// (0x0a 0x10 and 16 bytes), field 5 the name (0x2a, its length).
        /// </summary>
        public IEnumerable<(string Trace, string Name)> Spans()
        {
            foreach (var (_, body) in received.Where(sent => sent.Path == "/v1/traces"))
            {
                for (var at = 0; at + 18 < body.Length; at++)
                {
                    if (body[at] == 0x0a && body[at + 1] == 0x10 && NameAfter(body, at + 18) is { } name)
                    {
                        yield return (Convert.ToHexStringLower(body.AsSpan(at + 2, 16)), name);
                    }
                }
            }
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private static string? NameAfter(byte[] body, int from)
        {
            // Span id, trace state and parent id come before the name and are short.
            var at = Array.IndexOf(body, (byte)0x2a, from, Math.Min(64, body.Length - from));
            return at > 0 && at + 1 < body.Length && at + 2 + body[at + 1] <= body.Length
                ? Encoding.UTF8.GetString(body, at + 2, body[at + 1])
                : null;
        }
    }
}
