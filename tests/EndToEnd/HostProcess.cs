using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Colloquy.EndToEnd;

/// <summary><c>colloquy sandboxes up</c> as a process of its own, which a server elsewhere uses.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const string Key = "e2b_0123456789abcdef0123456789abcdef01234567";

    private readonly string _dataFolder;
    private readonly Dictionary<string, string> _environment;
    private readonly HttpClient _http = new();
    private ProgramProcess _program = null!;
    private string _url = "http://127.0.0.1:0";

    private HostProcess(string dataFolder, IReadOnlyDictionary<string, string>? environment)
    {
        _dataFolder = dataFolder;
        _environment = new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["E2B_API_KEY"] = Key };
        _http.DefaultRequestHeaders.Add("X-API-KEY", Key);
    }

    /// <summary>What makes a server use this host.</summary>
    public IReadOnlyDictionary<string, string> ForServers => new Dictionary<string, string>
    {
        ["Sandbox__Provider"] = "e2b",
        ["E2B_API_KEY"] = Key,
        ["E2B_API_URL"] = _url,
        ["E2B_SANDBOX_URL"] = _url,
    };

    public static async Task<HostProcess> StartAsync(
        string dataFolder, IReadOnlyDictionary<string, string>? environment = null)
    {
        var host = new HostProcess(dataFolder, environment);
        await host.StartAsync();
        return host;
    }

    /// <summary>The first time on a free port, later on the same one.</summary>
    public async Task StartAsync() => (_program, _url) = await ProgramProcess.StartAsync(
        ["sandboxes", "up", "--urls", _url, "--data", _dataFolder],
        _environment,
        line => line.Trim() is var said && said.StartsWith("URL ", StringComparison.Ordinal) ? said[3..].Trim() : null);

    /// <inheritdoc cref="ProgramProcess.KillAsync"/>
    public async Task KillAsync()
    {
        await _program.KillAsync();
        _program.Dispose();
    }

    /// <summary>The ids of all it has, running and paused.</summary>
    public async Task<List<string>> ListAsync() =>
        [.. (await _http.GetFromJsonAsync<JsonArray>($"{_url}/v2/sandboxes"))!.Select(sandbox => (string)sandbox!["sandboxID"]!)];

    public async Task KillSandboxAsync(string id)
    {
        using var answer = await _http.DeleteAsync(new Uri($"{_url}/sandboxes/{id}"));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A host that stops keeps its sandboxes for the next one, and here there is none.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var id in await ListAsync())
        {
            await KillSandboxAsync(id);
        }

        _program.Dispose();
        _http.Dispose();
    }
}
