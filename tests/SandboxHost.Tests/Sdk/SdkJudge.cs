using System.Diagnostics;
using System.Text.Json;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Sdk;

/// <summary>The official npm package <c>e2b</c>, running the cases of one script against a host.</summary>
public sealed class SdkJudge : IAsyncDisposable
{
    private static readonly SemaphoreSlim Installing = new(1);
    private readonly SemaphoreSlim _one = new(1);
    private readonly Process _node;

    private SdkJudge(Process node) => _node = node;

    /// <summary>The cases that the script has.</summary>
    public IReadOnlyList<string> Cases { get; private set; } = [];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "OfficialSdk");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="script">Its file name in <c>OfficialSdk</c>.</param>
    public static async Task<SdkJudge> StartAsync(string script, TestHost host)
    {
        await InstallAsync();
        var start = new ProcessStartInfo("node", ["judge.mjs", Path.Combine(Folder, script)])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var url = host.Http.BaseAddress!.ToString().TrimEnd('/');
        start.Environment["E2B_API_KEY"] = TestHost.ApiKey;
        start.Environment["E2B_API_URL"] = url;
        start.Environment["E2B_SANDBOX_URL"] = url;
        start.Environment["DATA_FOLDER"] = host.DataFolder;
        var judge = new SdkJudge(Process.Start(start)!);
        using var hello = await judge.ReadAsync();
        judge.Cases = [.. hello.RootElement.GetProperty("cases").EnumerateArray().Select(name => name.GetString()!)];
        return judge;
    }

    /// <summary>Runs one case; fails the test with the SDK's own error if it does.</summary>
    public async Task RunAsync(string name)
    {
        await _one.WaitAsync(Cancel);
        try
        {
            await _node.StandardInput.WriteLineAsync(name);
            await _node.StandardInput.FlushAsync(Cancel);
            using var answer = await ReadAsync();
            Assert.Equal(name, answer.RootElement.GetProperty("case").GetString());
            if (!answer.RootElement.GetProperty("ok").GetBoolean())
                Assert.Fail(answer.RootElement.GetProperty("error").GetString());
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        await _node.WaitForExitAsync(CancellationToken.None);
        _node.Dispose();
        _one.Dispose();
    }

    private async Task<JsonDocument> ReadAsync() => JsonDocument.Parse(
        await _node.StandardOutput.ReadLineAsync(Cancel) ?? throw new InvalidOperationException("node has ended."));

    // As the lock file says, once per build folder.
    private static async Task InstallAsync()
    {
        await Installing.WaitAsync(Cancel);
        try
        {
            if (File.Exists(Path.Combine(Folder, "node_modules", ".package-lock.json"))) return;
            using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--silent"]) { WorkingDirectory = Folder })!;
            await npm.WaitForExitAsync(Cancel);
            Assert.True(npm.ExitCode == 0, "npm ci failed; the tests of the official SDK need the package e2b.");
        }
        finally
        {
            Installing.Release();
        }
    }
}
