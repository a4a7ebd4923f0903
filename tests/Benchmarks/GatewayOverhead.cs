using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text;
using Colloquy.Client;
using Colloquy.Models;
using Colloquy.Sessions;
using Colloquy.Web.ModelGateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace Colloquy.Benchmarks;

/// <summary>
/// What the model gateway adds to a call: time to the first byte, and CPU, against a bare YARP forwarder and against no
/// proxy, interleaved in the same run. The journal is a no-op here: what it costs, the other benchmarks measure.
/// Client, proxies and provider share this process, so a row's CPU is all that the call takes on this machine.
/// </summary>
internal static class GatewayOverhead
{
    private const int Rounds = 5;
    private const int Calls = 400;
    private const int Frames = 100;

    private static readonly byte[] Question = Encoding.UTF8.GetBytes(
        $$"""{"model":"claude-opus-5-5","max_tokens":1000,"stream":true,"messages":[{"role":"user","content":"{{new string('x', 50_000)}}"}]}""");

    public static async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        await using var provider = await StartAsync(app => app.Run(AnswerAsync), _ => { });
        var url = provider.Urls.Single();
        await using var yarp = await StartAsync(app => MapYarp(app, url), services => services.AddHttpForwarder());
        var tokens = new TurnTokens(new byte[32]);
        await using var gateway = new ModelGatewayServer(
            new ModelGatewayOptions { ProviderUrl = url, ApiKey = "any" }, GatewaySocket.Bind("http://127.0.0.1:0"),
            new ModelCallClient(DispatchProxy.Create<IGrainFactory, NoJournalFactory>()), tokens, TimeProvider.System,
            NullLoggerFactory.Instance);
        await gateway.StartAsync(cancellationToken);
        var token = tokens.Issue(new SessionId("sesn_bench"), new TurnId("turn_1"), TimeProvider.System.GetUtcNow().AddHours(1));

        var rows = new[] { ("direct", url), ("yarp", yarp.Urls.Single()), ("gateway", gateway.Address) }
            .Select(row => new Row(row.Item1, row.Item2)).ToList();
        foreach (var row in rows)
        {
            await row.MeasureAsync(token, Calls / 4, cancellationToken); // warm-up
            row.Clear();
        }

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var row in rows)
            {
                await row.MeasureAsync(token, Calls, cancellationToken);
            }
        }

        await output.WriteLineAsync($"call of {Question.Length / 1024} KB, answer of {Frames} frames, journal: no-op; medians of {Rounds} rounds of {Calls} calls");
        await output.WriteLineAsync("            first byte ms   added ms   CPU ms/call   added ms   CPU ratio to yarp");
        foreach (var row in rows)
        {
            await output.WriteLineAsync(
                $"{row.Name,-10} {row.FirstByte,14:n3} {row.FirstByte - rows[0].FirstByte,10:n3} {row.Cpu,13:n3} " +
                $"{row.Cpu - rows[0].Cpu,10:n3} {row.Cpu / rows[1].Cpu,18:n2}");
        }

        rows.ForEach(row => row.Dispose());
        await gateway.StopAsync(cancellationToken);
    }

    private static async Task<WebApplication> StartAsync(Action<WebApplication> map, Action<IServiceCollection> add)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        add(builder.Services);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }

    private static void MapYarp(WebApplication app, string url)
    {
        var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
        });
        app.MapForwarder("/{**all}", url, ForwarderRequestConfig.Empty, HttpTransformer.Default, client);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.ContentType = "text/event-stream";
        await SendAsync("message_start", """{"type":"message_start","message":{"id":"msg_1","model":"claude-opus-5-5","usage":{"input_tokens":10,"output_tokens":1}}}""");
        for (var frame = 0; frame < Frames; frame++)
        {
            await SendAsync("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"some words "}}""");
        }

        await SendAsync("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":200}}""");
        await SendAsync("message_stop", """{"type":"message_stop"}""");

        async Task SendAsync(string name, string data)
        {
            await context.Response.WriteAsync($"event: {name}\ndata: {data}\n\n");
            await context.Response.Body.FlushAsync();
        }
    }

    private sealed class Row(string name, string url) : IDisposable
    {
        private readonly HttpClient _http = new() { BaseAddress = new Uri(url) };
        private readonly List<double> _firstBytes = [];
        private readonly List<double> _cpu = [];

        public string Name => name;

        public double FirstByte => Median(_firstBytes);

        public double Cpu => Median(_cpu);

        public void Clear()
        {
            _firstBytes.Clear();
            _cpu.Clear();
        }

        public async Task MeasureAsync(string token, int calls, CancellationToken cancellationToken)
        {
            using var self = Process.GetCurrentProcess();
            var before = self.TotalProcessorTime;
            var buffer = new byte[64 * 1024];
            for (var call = 0; call < calls; call++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages") { Content = new ByteArrayContent(Question) };
                request.Headers.Add("x-api-key", token);
                var clock = Stopwatch.GetTimestamp();
                using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                answer.EnsureSuccessStatusCode();
                await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
                await body.ReadExactlyAsync(buffer.AsMemory(0, 1), cancellationToken);
                _firstBytes.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
                while (await body.ReadAsync(buffer, cancellationToken) > 0)
                {
                }
            }

            self.Refresh();
            _cpu.Add((self.TotalProcessorTime - before).TotalMilliseconds / calls);
        }

        public void Dispose() => _http.Dispose();

        private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
    }
}
