using Colloquy.Cli.Demo;
using Colloquy.Cli.Tests.Fakes;

namespace Colloquy.Cli.Tests;

public sealed class DemoTests
{
    private const string Warning = "THIS SPENDS MONEY";

    [Fact]
    public async Task An_agent_that_calls_a_model_is_announced_to_spend_money_before_the_first_check()
    {
        await using var api = await FakeApi.StartAsync();
        api.Runtime = "claude-code";
        using var cli = new Invocation();

        await cli.RunAsync("demo", "--agent", "agent_x", "--suite", "streaming", "--server", api.Url.ToString());

        Assert.InRange(cli.Output.IndexOf(Warning, StringComparison.Ordinal), 0, cli.Output.IndexOf("Purpose:", StringComparison.Ordinal));
        Assert.Contains("0.3 USD for 2 checks", cli.Output, StringComparison.Ordinal);
        Assert.Contains("Ctrl-C stops it", cli.Output, StringComparison.Ordinal);
        Assert.Contains("[skipped] the whole check: a model takes a different time", cli.Output, StringComparison.Ordinal);
        Assert.Contains("skipped", cli.Output[cli.Output.IndexOf("Summary", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.All(api.Submitted, body => Assert.StartsWith("Run `", (string?)body["events"]![0]!["content"]![0]!["text"], StringComparison.Ordinal));
        Assert.NotEmpty(api.Submitted);
    }

    [Fact]
    public async Task Agent_is_prepared_before_the_first_check_and_the_server_knows_that_its_data_is_temporary()
    {
        await using var api = await FakeApi.StartAsync();
        var servers = new FakeServers(api) { NotInstalled = "a thing" };
        using var cli = new Invocation { Servers = servers };

        await cli.RunAsync("demo", "--suite", "multi-turn");

        Assert.InRange(
            cli.Output.IndexOf("Installing a thing ...", StringComparison.Ordinal),
            0, cli.Output.IndexOf("Purpose:", StringComparison.Ordinal));
        Assert.True(Assert.Single(servers.Started).Temporary);
    }

    [Fact]
    public async Task A_person_is_asked_first()
    {
        await using var api = await FakeApi.StartAsync();
        api.Runtime = "claude-code";
        using var cli = new Invocation { Prompts = true, Input = new NeverRead() };
        var demo = cli.RunAsync("demo", "--agent", "agent_x", "--server", api.Url.ToString());
        await ((NeverRead)cli.Input).Asked;

        cli.Interrupts.Press();

        await demo;
        ((NeverRead)cli.Input).Leave();
        Assert.Contains("Enter begins.", cli.Output, StringComparison.Ordinal);
        Assert.Empty(api.Submitted);
    }

    [Fact]
    public async Task The_offline_agent_spends_nothing_and_nobody_is_asked()
    {
        await using var api = await FakeApi.StartAsync();
        using var cli = new Invocation { Prompts = true };

        await cli.RunAsync("demo", "--suite", "multi-turn", "--server", api.Url.ToString());

        Assert.DoesNotContain(Warning, cli.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("[skipped]", cli.Output, StringComparison.Ordinal);
        Assert.Contains("agent   agent_offline", cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_agent_is_shown_in_the_same_checks()
    {
        static IEnumerable<(string, string)> Names(bool isOffline) => Suites.For(isOffline).Select(check => (check.Suite, check.Name));

        Assert.Equal(Names(isOffline: true), Names(isOffline: false));
        Assert.All(Suites.For(isOffline: true), check => Assert.Null(check.LeftOut));
        Assert.Equal(["overhead"], Suites.For(isOffline: false).Where(check => check.LeftOut is not null).Select(check => check.Name));
    }

    /// <summary>A person who does not press Enter.</summary>
    private sealed class NeverRead : TextReader
    {
        private readonly ManualResetEventSlim _gone = new();
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public override string? ReadLine()
        {
            _asked.TrySetResult();
            _gone.Wait();
            return null;
        }

        public void Leave() => _gone.Set();
    }
}
