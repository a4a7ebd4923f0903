using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Colloquy.SandboxHost;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace Colloquy.Benchmarks;

/// <summary>
/// From the request for a sandbox to the first output of its first command, against bubblewrap alone with the same view
/// and <c>true</c>; and many sandboxes at once.
/// </summary>
internal static class SandboxStarts
{
    private const int Rounds = 40, Many = 100;
    private const string Key = "e2b_benchmark";

    public static async Task RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        foreach (var spares in new[] { 0, 2 })
        {
            await using var host = await StartAsync(spares, cancellationToken);
            await CompareAsync(host, spares, output, cancellationToken);
        }

        await using var crowded = await StartAsync(spares: 0, cancellationToken);
        await CrowdAsync(crowded, output, cancellationToken);
    }

    private static async Task CompareAsync(Host host, int spares, TextWriter output, CancellationToken cancellationToken)
    {
        List<double> bare = [], first = [];
        for (var round = 0; round < Rounds; round++)
        {
            bare.Add(await BareAsync(host.Folder));
            var watch = Stopwatch.StartNew();
            var sandbox = await host.CreateAsync(cancellationToken);
            await host.FirstOutputAsync(sandbox, cancellationToken);
            first.Add(watch.Elapsed.TotalMilliseconds);
            await host.KillAsync(sandbox, cancellationToken);
            // Spares are made in the background, as between the sessions of a server.
            await Task.Delay(100, cancellationToken);
        }

        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"create to first output, {spares} spare: p50 {Median(first):0.0} ms; bare bwrap true: {Median(bare):0.0} ms; ratio {Median(first) / Median(bare):0.00}"));
    }

    private static async Task CrowdAsync(Host host, TextWriter output, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var sandboxes = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => host.CreateAsync(cancellationToken)));
        var created = watch.Elapsed;
        watch.Restart();
        await Task.WhenAll(sandboxes.Select(sandbox => host.FirstOutputAsync(sandbox, cancellationToken)));
        var answered = watch.Elapsed;
        watch.Restart();
        await Task.WhenAll(sandboxes.Select(sandbox => host.KillAsync(sandbox, cancellationToken)));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{Many} sandboxes at once: created in {created.TotalSeconds:0.0} s, a command in each {answered.TotalSeconds:0.00} s, killed in {watch.Elapsed.TotalSeconds:0.0} s"));
    }

    private static async Task<double> BareAsync(string folder)
    {
        var sandbox = new SandboxFolder(Path.Combine(folder, "bare"));
        sandbox.Prepare();
        Deadline.Write(sandbox.Deadline, TimeSpan.FromMinutes(1));
        var view = BubblewrapArguments.Build(sandbox, Path.Combine(folder, "etc"), new Dictionary<string, string>());
        var watch = Stopwatch.StartNew();
        await Child.Start(
            Tools.Bubblewrap,
            [.. view.TakeWhile(argument => argument != "--info-fd"), "--", "true"],
            [],
            [NoInput.Fd, NoInput.Fd, NoInput.Fd]).Exited;
        return watch.Elapsed.TotalMilliseconds;
    }

    private static async Task<Host> StartAsync(int spares, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("colloquy-benchmark-").FullName;
        var options = new SandboxHostOptions { DataFolder = folder, ApiKey = Key, SpareSandboxes = spares, OnStop = OnStop.Kill };
        var server = await SandboxHostServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, cancellationToken);
        return new Host(server, folder);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private sealed record Sandbox(string Id, string Token);

    private sealed class Host(SandboxHostServer server, string folder) : IAsyncDisposable
    {
        private readonly HttpClient _http = new() { BaseAddress = new Uri(server.Url) };

        public string Folder => folder;

        public async Task<Sandbox> CreateAsync(CancellationToken cancellationToken)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/sandboxes")
            {
                Content = JsonContent.Create(new { templateID = "base", timeout = 600 }),
                Headers = { { "X-API-KEY", Key } },
            };
            using var response = await _http.SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
            var body = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            return new Sandbox(body.GetProperty("sandboxID").GetString()!, body.GetProperty("envdAccessToken").GetString()!);
        }

        public async Task FirstOutputAsync(Sandbox sandbox, CancellationToken cancellationToken)
        {
            var message = JsonSerializer.SerializeToUtf8Bytes(new { process = new { cmd = "echo", args = new[] { "x" } }, stdin = false });
            var content = new ByteArrayContent([0, 0, 0, 0, (byte)message.Length, .. message]);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/connect+json");
            using var request = new HttpRequestMessage(HttpMethod.Post, "/process.Process/Start") { Content = content };
            request.Headers.Add("E2b-Sandbox-Id", sandbox.Id);
            request.Headers.Add("E2b-Sandbox-Port", "49983");
            request.Headers.Add("X-Access-Token", sandbox.Token);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
            var text = "";
            var buffer = new char[256];
            while (!text.Contains("stdout", StringComparison.Ordinal) && await reader.ReadAsync(buffer, cancellationToken) is > 0 and var length)
                text += new string(buffer, 0, length);
        }

        public async Task KillAsync(Sandbox sandbox, CancellationToken cancellationToken)
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}") { Headers = { { "X-API-KEY", Key } } };
            using var response = await _http.SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await server.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }
}
