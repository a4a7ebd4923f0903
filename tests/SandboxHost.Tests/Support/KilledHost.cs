using System.Diagnostics;

namespace Colloquy.SandboxHost.Tests.Support;

/// <summary>A server in a process of its own, which dies without having been told.</summary>
public sealed class KilledHost : IAsyncDisposable
{
    private readonly Process _process;

    private KilledHost(Process process, TestHost host) => (_process, Host) = (process, host);

    public TestHost Host { get; }

    public static async Task<KilledHost> StartAsync(string dataFolder)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "Colloquy.CrashHost.dll"), dataFolder, TestHost.ApiKey },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var url = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return new KilledHost(process, TestHost.Of(url!, dataFolder));
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await Host.DisposeAsync();
        _process.Dispose();
    }
}
