using System.Text.Json.Nodes;
using Colloquy.SandboxHost;
using Xunit;

namespace Colloquy.EndToEnd;

/// <summary>The commands that a newcomer types once there is a key, each as a process with a server of its own.</summary>
[Collection(ClaudeCodeGroup.Name)]
public sealed class ClaudeCodeCliTests : IDisposable
{
    private const string Prompt = "Run `echo product-$((17*23))` and tell me what it printed.";
    private readonly ClaudeCodeFixture _fixture;
    private readonly TemporaryFolder _data = new();

    public ClaudeCodeCliTests(ClaudeCodeFixture fixture)
    {
        _fixture = fixture;
        fixture.Emulator.Reset();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_installs_the_CLI_first_then_shows_the_answer_and_its_cost()
    {
        await MakeTemplateAsync();

        var run = await RunAsync(ClaudeCodeFixture.ProviderKey, "run", "--agent", "agent_claude_code", Prompt);
        var again = await RunAsync(ClaudeCodeFixture.ProviderKey, "run", Prompt);

        Assert.True(run.ExitCode == 0, run.All);
        Assert.Contains("Installing a copy of the CLI ...", run.Errors, StringComparison.Ordinal);
        Assert.Contains("* Bash: echo product-$((17*23))", run.Output, StringComparison.Ordinal);
        Assert.Contains("The tool said: product-391", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"\[completed in .* in 2 model calls; .* 0\.0\d+ USD\]", run.Output);
        Assert.True(again.ExitCode == 0, again.All);
        Assert.Contains("The tool said: product-391", again.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Installing", again.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_with_a_key_that_is_refused_says_so_and_fails()
    {
        var run = await RunAsync("wrong-key", "run", "--agent", "agent_claude_code", Prompt);

        Assert.True(run.ExitCode == 1, run.All);
        Assert.Contains("401", run.Output, StringComparison.Ordinal);
        Assert.All(_fixture.Emulator.Messages, call => Assert.Equal(401, call.Status));
    }

    [Fact]
    public async Task Run_without_a_key_says_what_to_set()
    {
        var run = await RunAsync("", "run", "--agent", "agent_claude_code", Prompt);

        Assert.True(run.ExitCode == 2, run.All);
        Assert.Contains("Set ANTHROPIC_API_KEY", run.Errors, StringComparison.Ordinal);
        Assert.Empty(_fixture.Emulator.Messages);
    }

    [Fact]
    public async Task Demo_shows_that_every_criterion_holds()
    {
        // Alone, because it measures how late events are seen. The others overlap: one has to wait for a timeout.
        var streaming = await RunDemoAsync("streaming");
        ProgramResult[] suites =
            [streaming, .. await Task.WhenAll(RunDemoAsync("basic"), RunDemoAsync("multi-turn"))];

        Assert.All(suites, demo =>
        {
            Assert.True(demo.ExitCode == 0, demo.All);
            Assert.Contains("THIS SPENDS MONEY", demo.Output, StringComparison.Ordinal);
            Assert.Contains("Every criterion holds.", demo.Output, StringComparison.Ordinal);
        });
    }

    public void Dispose() => _data.Dispose();

    /// <summary>On a temporary folder, as people start it.</summary>
    private Task<ProgramResult> RunDemoAsync(string suite) => ProgramProcess.RunAsync(
        ["demo", "--agent", "agent_claude_code", "--suite", suite], Environment(ClaudeCodeFixture.ProviderKey), Cancel);

    private Task<ProgramResult> RunAsync(string key, params string[] arguments) =>
        ProgramProcess.RunAsync([.. arguments, "--data", _data.Path], Environment(key), Cancel);

    private Dictionary<string, string> Environment(string key) => new()
    {
        ["ANTHROPIC_API_KEY"] = key,
        ["ANTHROPIC_AUTH_TOKEN"] = "",
        ["CLAUDE_CODE_OAUTH_TOKEN"] = "",
        ["ANTHROPIC_BASE_URL"] = _fixture.Emulator.Url,
        ["SandboxHost__TemplateCache"] = _fixture.Template.Folder,
    };

    /// <summary>The shipped template, except that the CLI is not downloaded again but linked.</summary>
    private async Task MakeTemplateAsync()
    {
        await _fixture.Api.AskAsync(await _fixture.Api.CreateSessionAsync(), "Hello there");
        var installed = Directory.GetDirectories(Path.Combine(_fixture.Template.Folder, "claude"), "installed-*")[0];
        await using var shipped = typeof(SandboxHostServer).Assembly.GetManifestResourceStream("templates/claude/template.json");
        var template = JsonNode.Parse(shipped!)!;
        template["installs"] = "a copy of the CLI";
        template["install"] = new JsonArray(new JsonArray("cp", "-al", Path.Combine(installed, "."), "."));
        var folder = Directory.CreateDirectory(Path.Combine(_data.Path, "sandboxhost", "templates", "claude"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "template.json"), template.ToJsonString(), Cancel);
    }
}
