using Colloquy.Cli.Hosting;
using Colloquy.Cli.Tests.Fakes;

namespace Colloquy.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--timeout", "run", "hi", "--timeout", "-5m")]
    [InlineData("--timeout", "run", "hi", "--timeout=nonsense")]
    [InlineData("--timeout", "run", "hi", "--timeout", "25h")]
    [InlineData("--timeout", "run", "hi", "--timeout", "0s")]
    [InlineData("--server", "run", "hi", "--server", "ftp://x")]
    [InlineData("--data", "up", "--data", "")]
    [InlineData("--server and --data", "run", "hi", "--server", "http://x", "--data", "d")]
    [InlineData("--agent", "run", "hi", "--session", "sesn_1", "--agent", "a")]
    [InlineData("--urls", "up", "--urls", "http://127.0.0.1:notaport")]
    [InlineData("--urls", "up", "--urls", "http://127.0.0.1:1;nonsense")]
    [InlineData("--by", "costs", "--by", "week")]
    [InlineData("--from", "costs", "--from", "yesterday")]
    [InlineData("--json and --csv", "costs", "--json", "--csv")]
    [InlineData("--limit", "sessions", "list", "--limit", "0")]
    [InlineData("LOCAL", "files", "put", "sesn_1")]
    [InlineData("REMOTE", "files", "get", "sesn_1")]
    [InlineData("SESSION", "files", "ls")]
    [InlineData("--urls", "sandboxes", "up", "--urls", "nonsense")]
    [InlineData("--suite", "demo", "--suite", "fast")]
    [InlineData("PROMPT", "run")]
    [InlineData("frobnicate", "frobnicate")]
    public async Task Bad_options_are_named_and_nothing_starts(string named, params string[] arguments)
    {
        using var cli = new Invocation();
        var servers = new FakeServers();
        cli.Servers = servers;

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync(arguments));
        Assert.Contains(named, cli.Errors, StringComparison.Ordinal);
        Assert.Contains("--help", cli.Errors, StringComparison.Ordinal);
        Assert.Empty(cli.Output);
        Assert.Empty(servers.Started);
    }

    [Fact]
    public async Task Nothing_but_the_name_shows_the_commands()
    {
        using var cli = new Invocation();

        Assert.Equal(ExitCodes.Success, await cli.RunAsync());
        foreach (var command in (string[])["up", "demo", "chat", "run", "sessions", "files", "sandboxes", "costs"])
        {
            Assert.Contains("  " + command, cli.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_that_is_not_there_says_what_to_do()
    {
        using var cli = new Invocation();

        Assert.Equal(ExitCodes.Server, await cli.RunAsync("run", "hi", "--server", "http://127.0.0.1:9"));
        Assert.Contains("http://127.0.0.1:9 cannot be reached", cli.Errors, StringComparison.Ordinal);
        Assert.Contains("colloquy up", cli.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_demo_of_a_server_that_is_not_there_ends_before_its_first_check()
    {
        using var cli = new Invocation();

        Assert.Equal(ExitCodes.Server, await cli.RunAsync("demo", "--server", "http://127.0.0.1:9"));
        Assert.Contains("http://127.0.0.1:9 cannot be reached", cli.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Purpose:", cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_cannot_start_says_why()
    {
        using var cli = new Invocation();
        cli.Servers = new FakeServers { CannotStart = new ServerNotStartedException("The port is taken. Use another.") };

        Assert.Equal(ExitCodes.Server, await cli.RunAsync("up"));
        Assert.Contains("The port is taken. Use another.", cli.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_says_where_it_is_and_stops_when_told()
    {
        using var cli = new Invocation();
        var servers = new FakeServers();
        cli.Servers = servers;
        var up = cli.RunAsync("up", "--data", "/data/here");

        cli.Interrupts.Press();

        Assert.Equal(ExitCodes.Success, await up);
        Assert.Contains("http://127.0.0.1:7710", cli.Output, StringComparison.Ordinal);
        Assert.Contains("/data/here", cli.Output, StringComparison.Ordinal);
        Assert.Contains("colloquy chat --server", cli.Output, StringComparison.Ordinal);
        Assert.Equal(1, servers.Stopped);
        Assert.False(Assert.Single(servers.Started).Quiet);
    }
}
