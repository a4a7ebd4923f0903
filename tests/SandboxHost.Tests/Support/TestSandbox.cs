using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Colloquy.SandboxHost.Tests.Support;

/// <summary>The data plane of one sandbox, spoken byte by byte as the protocol has it.</summary>
public sealed class TestSandbox(HttpClient http, string id, string token)
{
    public string Id => id;

    public string Token => token;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Add("E2b-Sandbox-Id", id);
        request.Headers.Add("E2b-Sandbox-Port", "49983");
        request.Headers.Add("X-Access-Token", token);
        return request;
    }

    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, CancellationToken? cancellationToken = null) =>
        http.SendAsync(Request(method, path, content), cancellationToken ?? Cancel);

    /// <summary>A request to a server inside, with no token.</summary>
    public HttpRequestMessage PortRequest(HttpMethod method, int port, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add("E2b-Sandbox-Id", id);
        request.Headers.Add("E2b-Sandbox-Port", port.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    public async Task<(int Status, JsonNode Body)> CallAsync(string method, object message)
    {
        using var content = new StringContent(JsonSerializer.Serialize(message), null, "application/json");
        using var response = await SendAsync(HttpMethod.Post, $"/process.Process/{method}", content);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!);
    }

    public async Task<TestStream> OpenAsync(string method, object message, Action<HttpRequestMessage>? change = null)
    {
        var request = Request(HttpMethod.Post, $"/process.Process/{method}", Envelope(JsonSerializer.SerializeToUtf8Bytes(message)));
        change?.Invoke(request);
        return new TestStream(await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel));
    }

    public Task<TestStream> ShellAsync(string script, int? timeoutMs = null) => OpenAsync(
        "Start",
        new { process = new { cmd = "/bin/sh", args = new[] { "-c", script } }, stdin = false },
        request =>
        {
            if (timeoutMs is { } ms)
                request.Headers.Add("Connect-Timeout-Ms", ms.ToString(CultureInfo.InvariantCulture));
        });

    public async Task<CommandResult> RunAsync(string script)
    {
        using var stream = await ShellAsync(script);
        return await stream.ReadToEndAsync();
    }

    public async Task<HttpResponseMessage> UploadAsync(string path, string text)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return await SendAsync(HttpMethod.Post, $"/files?path={Uri.EscapeDataString(path)}", content);
    }

    public async Task<(int Status, string Text)> DownloadAsync(string path)
    {
        using var response = await SendAsync(HttpMethod.Get, $"/files?path={Uri.EscapeDataString(path)}");
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    public static ByteArrayContent Envelope(byte[] payload)
    {
        var length = BitConverter.GetBytes(payload.Length);
        Array.Reverse(length);
        var content = new ByteArrayContent([0, .. length, .. payload]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/connect+json");
        return content;
    }
}

public sealed record CommandResult(string Stdout, string Stderr, JsonNode? End, JsonNode Trailer)
{
    public int ExitCode => (int?)End!["exitCode"] ?? 0;

    public string? ErrorCode => (string?)Trailer["error"]?["code"];
}
