using System.Diagnostics;
using System.Globalization;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Tests.Network;

/// <summary>A network like that of a sandbox, and nothing else of one. It does not know which server uses it.</summary>
public sealed class InnerNamespace : IAsyncDisposable
{
    private readonly Process _process;

    private InnerNamespace(Process process, Namespaces namespaces) => (_process, Namespaces) = (process, namespaces);

    internal Namespaces Namespaces { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<InnerNamespace> StartAsync()
    {
        var start = new ProcessStartInfo(
            "bwrap", ["--die-with-parent", "--unshare-user", "--unshare-net", "--dev-bind", "/", "/", "sh", "-c", "echo $$; exec cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var pid = await process.StandardOutput.ReadLineAsync(Cancel);
        return new InnerNamespace(process, new Namespaces(int.Parse(pid!, CultureInfo.InvariantCulture)));
    }

    /// <summary>Runs a shell command in this network.</summary>
    public async Task<string> RunAsync(string command)
    {
        var start = new ProcessStartInfo(
            "nsenter",
            [
                $"--user={Namespaces.PathOf("user")}", $"--net={Namespaces.PathOf("net")}", "--preserve-credentials", "--",
                "sh", "-c", command,
            ])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        return await process.StandardOutput.ReadToEndAsync(Cancel);
    }

    public static int ChildOf(int pid) =>
        int.Parse(File.ReadAllText($"/proc/{pid}/task/{pid}/children").Trim(), CultureInfo.InvariantCulture);

    public static async Task EndOfAsync(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            await process.WaitForExitAsync(Cancel);
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        await Namespaces.CloseAsync();
    }
}
