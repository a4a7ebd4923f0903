using System.Diagnostics;

namespace Colloquy.Cli.Tests;

/// <summary>The newcomer's script, with stand-ins for what it calls.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DemoScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("demo-script-");

    public DemoScriptTests()
    {
        var root = FindRoot();
        File.Copy(Path.Combine(root, "demo"), At("demo"));
        Directory.CreateDirectory(At("bin"));
        Directory.CreateDirectory(At("src"));
        foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json"])
        {
            File.Copy(Path.Combine(root, file), At(file));
        }

        foreach (var tool in (string[])["bash", "env", "dirname", "grep", "tr", "mktemp", "rm", "cat", "touch", "find", "mkdir"])
        {
            File.CreateSymbolicLink(At($"bin/{tool}"), Which(tool));
        }

        Stub("id", "echo 0");
        Stub("bwrap", "true");
        Stub("dotnet", $"""
            case "$1" in
              --list-sdks) echo "10.0.100 [/usr/share/dotnet/sdk]" ;;
              build) mkdir -p {At("artifacts/bin/Cli/debug")}; touch {At("artifacts/bin/Cli/debug/colloquy.dll")}; echo building >> {At("calls")} ;;
              *) echo "ran $*" ;;
            esac
            """);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Script_builds_once_and_passes_its_arguments_on()
    {
        var (code, output, errors) = await RunAsync("--suite", "basic");
        Assert.Equal(0, code);
        Assert.EndsWith("colloquy.dll demo --suite basic\n", output, StringComparison.Ordinal);
        Assert.Contains("Building", errors, StringComparison.Ordinal);

        var (_, again, quiet) = await RunAsync();
        Assert.EndsWith("colloquy.dll demo\n", again, StringComparison.Ordinal);
        Assert.Empty(quiet);
        Assert.Equal("building\n", await File.ReadAllTextAsync(At("calls"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Missing_dotnet_is_named()
    {
        File.Delete(At("bin/dotnet"));

        var (code, _, errors) = await RunAsync();

        Assert.Equal(1, code);
        Assert.Contains(".NET 10 SDK is missing", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_dotnet_is_named()
    {
        Stub("dotnet", "echo '8.0.404 [/usr/share/dotnet/sdk]'");

        var (code, _, errors) = await RunAsync();

        Assert.Equal(1, code);
        Assert.Contains("not version 10: 8.0.404", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_bubblewrap_is_installed_and_said()
    {
        File.Delete(At("bin/bwrap"));
        Stub("apt-get", $"echo \"$*\" >> {At("calls")}");

        var (code, _, errors) = await RunAsync();

        Assert.Equal(0, code);
        Assert.Contains("Installing bubblewrap", errors, StringComparison.Ordinal);
        Assert.Contains("install -y -q --no-install-recommends bubblewrap",
            await File.ReadAllTextAsync(At("calls"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--agent", "agent_claude_code")]
    [InlineData("--agent=agent_default")]
    public async Task Npm_is_installed_for_an_agent_whose_program_comes_from_it(params string[] arguments)
    {
        Stub("apt-get", $"echo \"$*\" >> {At("calls")}");

        var (code, _, errors) = await RunAsync(arguments);

        Assert.Equal(0, code);
        Assert.Contains("Installing npm, which installs the Claude Code CLI", errors, StringComparison.Ordinal);
        Assert.Contains("install -y -q --no-install-recommends npm",
            await File.ReadAllTextAsync(At("calls"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--agent", "agent_offline")]
    [InlineData("--agent", "agent_claude_code", "--server", "http://127.0.0.1:7710")]
    public async Task Npm_is_not_missed_where_nothing_comes_from_it(params string[] arguments)
    {
        Stub("apt-get", "exit 100");

        var (code, _, _) = await RunAsync(arguments);

        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Without_the_rights_to_install_the_command_to_type_is_said()
    {
        File.Delete(At("bin/bwrap"));
        Stub("apt-get", "exit 100");
        Stub("id", "echo 1000");
        Stub("sudo", "exit 1");

        var (code, output, errors) = await RunAsync();

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains("Type: sudo apt-get install -y bubblewrap", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_elsewhere_needs_no_bubblewrap_here()
    {
        File.Delete(At("bin/bwrap"));
        Stub("apt-get", "exit 100");

        var (code, output, _) = await RunAsync("--server", "http://127.0.0.1:7710");

        Assert.Equal(0, code);
        Assert.Contains("demo --server http://127.0.0.1:7710", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_build_shows_its_log()
    {
        Stub("dotnet", "[ \"$1\" = --list-sdks ] && echo '10.0.100 [x]' && exit 0; echo 'error CS0000: no'; exit 1");

        var (code, output, errors) = await RunAsync();

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains("error CS0000: no", errors, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(At("bin/bash"), [At("demo"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = At("bin");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    private void Stub(string name, string body)
    {
        File.Delete(At($"bin/{name}"));
        File.WriteAllText(At($"bin/{name}"), $"#!{Which("bash")}\n{body}\n");
        File.SetUnixFileMode(At($"bin/{name}"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string At(string path) => Path.Combine(_folder.FullName, path);

    private static string Which(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, tool))
        .First(File.Exists);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "global.json")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
