using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Colloquy.EndToEnd;

/// <summary><c>colloquy sandboxes up</c> as a process of its own.</summary>
public sealed class SandboxesUpTests : IDisposable
{
    private const string Key = "e2b_0123456789abcdef0123456789abcdef01234567";
    private readonly TemporaryFolder _data = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Host_serves_who_has_the_key_and_stops_cleanly()
    {
        using var process = Start(Key);
        var said = new StringBuilder();
        var url = await ReadUrlAsync(process, said);
        using var http = new HttpClient { BaseAddress = new Uri(url) };

        var (refused, _) = await CreateAsync(http, "e2b_" + new string('0', 40));
        var (created, sandbox) = await CreateAsync(http, Key);
        // It would outlive its host, and here no other one comes.
        using var killed = await DeleteAsync(http, (string)sandbox!["sandboxID"]!);
        using var terminate = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        said.Append(await process.StandardOutput.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Created), (refused, created));
        Assert.Equal(HttpStatusCode.NoContent, killed.StatusCode);
        Assert.Equal(0, process.ExitCode);
        foreach (var part in (string[])[_data.Path, "isolation", "limits", $"E2B_API_URL={url} E2B_SANDBOX_URL={url} Sandbox__Provider=e2b", "Stopped."])
        {
            Assert.Contains(part, said.ToString(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain(Key, said + await process.StandardError.ReadToEndAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_key_is_an_error_that_says_how_to_make_one()
    {
        using var process = Start(key: null);

        var error = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);

        Assert.Equal(3, process.ExitCode);
        Assert.Contains("E2B_API_KEY is not set", error, StringComparison.Ordinal);
        Assert.Contains("export E2B_API_KEY=e2b_$(", error, StringComparison.Ordinal);
    }

    public void Dispose() => _data.Dispose();

    private Process Start(string? key)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[
            Path.Combine(AppContext.BaseDirectory, "colloquy.dll"), "sandboxes", "up", "--urls", "http://127.0.0.1:0",
            "--data", _data.Path])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["E2B_API_KEY"] = key;
        return Process.Start(start)!;
    }

    /// <summary>Reads up to the end of what it says at its start.</summary>
    private static async Task<string> ReadUrlAsync(Process process, StringBuilder said)
    {
        string? url = null;
        while (await process.StandardOutput.ReadLineAsync(Stop) is { } line)
        {
            said.AppendLine(line);
            url ??= line.Trim().StartsWith("URL ", StringComparison.Ordinal) ? line.Trim()[3..].Trim() : null;
            if (line.StartsWith("Ctrl-C", StringComparison.Ordinal) && url is not null)
            {
                return url;
            }
        }

        throw new InvalidOperationException($"The host did not say its URL:\n{said}\n{await process.StandardError.ReadToEndAsync(Stop)}");
    }

    /// <summary>The request that E2B's SDK sends first.</summary>
    private static async Task<(HttpStatusCode Status, JsonNode? Body)> CreateAsync(HttpClient http, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/sandboxes")
        {
            Content = new StringContent("""{"templateID":"base","timeout":60}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-API-KEY", key);
        using var answer = await http.SendAsync(request, Stop);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop)));
    }

    private static async Task<HttpResponseMessage> DeleteAsync(HttpClient http, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/sandboxes/{id}");
        request.Headers.Add("X-API-KEY", Key);
        return await http.SendAsync(request, Stop);
    }
}
