using System.Text.Json;
using Colloquy.Cli.Hosting;
using Colloquy.Cli.Tests.Fakes;

namespace Colloquy.Cli.Tests;

public sealed class RunTests
{
    [Fact]
    public async Task Run_prints_tools_answer_and_cost()
    {
        await using var api = await FakeApi.StartAsync();
        api.Script = turn =>
        {
            turn.Running();
            turn.Tool("echo hi", "hi\n", "careful\n");
            turn.Say("It said hi.");
            turn.End("completed");
        };
        using var cli = new Invocation();

        Assert.Equal(ExitCodes.Success, await cli.RunAsync("run", "@say hi", "--server", api.Url.ToString(), "--timeout", "1m30s"));

        Assert.Contains("* Bash: echo hi", cli.Output, StringComparison.Ordinal);
        Assert.Contains("| hi", cli.Output, StringComparison.Ordinal);
        Assert.Contains("| stderr: careful", cli.Output, StringComparison.Ordinal);
        Assert.Contains("It said hi.", cli.Output, StringComparison.Ordinal);
        Assert.Contains("112 prompt tokens", cli.Output, StringComparison.Ordinal);
        Assert.Contains("sandbox 1.50 s × 2 vCPU", cli.Output, StringComparison.Ordinal);
        Assert.Contains("0.00102 USD", cli.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', cli.Output);
        Assert.Equal(90, (double)api.Submitted[0]["events"]![0]!["timeout_seconds"]!);
        Assert.Equal("@say hi", (string)api.Submitted[0]["events"]![0]!["content"]![0]!["text"]!);
    }

    [Theory]
    [InlineData("run", "Hi")]
    [InlineData("run", "Hi", "--json")]
    public async Task What_the_agent_needs_is_installed_first_and_said_beside_the_answer(params string[] arguments)
    {
        await using var api = await FakeApi.StartAsync();
        using var cli = new Invocation { Servers = new FakeServers(api) { NotInstalled = "a thing (once)" } };

        Assert.Equal(ExitCodes.Success, await cli.RunAsync(arguments));

        Assert.Equal("Installing a thing (once) ...", cli.Errors.Trim());
        Assert.DoesNotContain("Installing", cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_cannot_be_prepared_is_not_asked()
    {
        await using var api = await FakeApi.StartAsync();
        var servers = new FakeServers(api) { CannotPrepare = new AgentNotPreparedException("npm is missing") };
        using var cli = new Invocation { Servers = servers };

        Assert.Equal(ExitCodes.Server, await cli.RunAsync("run", "Hi"));

        Assert.Contains("npm is missing", cli.Errors, StringComparison.Ordinal);
        Assert.Empty(api.Submitted);
    }

    [Theory]
    [InlineData("tool_error", 3, ExitCodes.Failed)]
    [InlineData("sandbox_error", null, ExitCodes.Failed)]
    [InlineData("timeout", null, ExitCodes.Timeout)]
    public async Task A_failed_turn_shows_all_of_its_error_and_its_kind_as_exit_code(string category, int? exitCode, int expected)
    {
        await using var api = await FakeApi.StartAsync();
        api.Script = turn => turn.Fail(category, exitCode);
        using var cli = new Invocation();

        Assert.Equal(expected, await cli.RunAsync("run", "Fail", "--server", api.Url.ToString()));

        foreach (var part in (string[])[category, "agent_exit", exitCode?.ToString() ?? "none", "2.50 s", "sbx1", "last words", "lament"])
        {
            Assert.Contains(part, cli.Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain('\u001b', cli.Output);
    }

    [Fact]
    public async Task Json_is_one_object_with_the_last_words_as_the_answer()
    {
        await using var api = await FakeApi.StartAsync();
        api.Script = turn =>
        {
            turn.Running();
            turn.Say("Let me look.");
            turn.Tool("date", "today\n");
            turn.Say("It is today.");
            turn.End("completed");
        };
        using var cli = new Invocation();

        Assert.Equal(ExitCodes.Success, await cli.RunAsync("run", "date?", "--json", "--server", api.Url.ToString()));

        var json = JsonElement.Parse(cli.Output);
        Assert.Equal("It is today.", json.GetProperty("answer").GetString());
        Assert.Equal("completed", json.GetProperty("outcome").GetString());
        Assert.Equal("sesn_1", json.GetProperty("session_id").GetString());
        Assert.Equal("turn_1", json.GetProperty("turn_id").GetString());
        Assert.Equal(112, json.GetProperty("cost").GetProperty("tokens").GetProperty("prompt").GetInt64());
        Assert.Equal(0.00102m, json.GetProperty("cost").GetProperty("total_usd").GetDecimal());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("error").ValueKind);
    }

    [Fact]
    public async Task Json_of_a_failed_turn_carries_its_error()
    {
        await using var api = await FakeApi.StartAsync();
        api.Script = turn => turn.Fail("tool_error", 3);
        using var cli = new Invocation();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync("run", "Fail", "--json", "--server", api.Url.ToString()));

        var error = JsonElement.Parse(cli.Output).GetProperty("error");
        Assert.Equal("tool_error", error.GetProperty("category").GetString());
        Assert.Equal(3, error.GetProperty("exit_code").GetInt32());
    }

    [Fact]
    public async Task Json_stays_json_when_the_server_refuses()
    {
        await using var api = await FakeApi.StartAsync();
        using var cli = new Invocation();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync("run", "x", "--json", "--session", "sesn_9", "--server", api.Url.ToString()));

        var json = JsonElement.Parse(cli.Output);
        Assert.Equal("not_run", json.GetProperty("outcome").GetString());
        Assert.Equal("session_not_found", json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_refusal_shows_message_code_field_and_request_id()
    {
        await using var api = await FakeApi.StartAsync();
        api.Failures.Enqueue(FakeApi.Error(400, "invalid_request_error", "invalid_input", "agent: 'x' is not known.", "agent"));
        using var cli = new Invocation();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync("run", "hi", "--agent", "x", "--server", api.Url.ToString()));

        foreach (var part in (string[])["agent: 'x' is not known.", "invalid_input", "field", "req_42", "400"])
        {
            Assert.Contains(part, cli.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_request_whose_outcome_is_unknown_is_repeated_with_the_same_key()
    {
        await using var api = await FakeApi.StartAsync();
        var session = api.AddSession();
        api.Failures.Enqueue(FakeApi.Error(503, "overloaded_error", "outcome_unknown", "Repeat the request."));
        using var cli = new Invocation();

        Assert.Equal(ExitCodes.Success, await cli.RunAsync("run", "hello", "--session", session.Id, "--server", api.Url.ToString()));

        Assert.Contains("hello", cli.Output, StringComparison.Ordinal);
        Assert.Single(api.Submitted);
    }

    [Fact]
    public async Task Ctrl_C_interrupts_the_turn_and_waits_for_its_end()
    {
        await using var api = await FakeApi.StartAsync();
        using var cli = new Invocation();
        api.Script = turn => turn.Running();
        var run = cli.RunAsync("run", "work", "--server", api.Url.ToString());
        await api.TurnStarted;

        cli.Interrupts.Press();

        Assert.Equal(ExitCodes.Interrupted, await run);
        Assert.Equal(["sesn_1"], api.Interrupted);
        Assert.Contains("[interrupted in", cli.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    public async Task An_empty_prompt_is_refused_before_a_session_is_made(string prompt)
    {
        await using var api = await FakeApi.StartAsync();
        using var cli = new Invocation { Input = new StringReader(" \n") };

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync("run", prompt, "--server", api.Url.ToString()));
        Assert.Contains("PROMPT is empty", cli.Errors, StringComparison.Ordinal);
        Assert.Equal(0, api.SessionCount);
    }

    [Fact]
    public async Task A_prompt_can_come_from_the_standard_input()
    {
        await using var api = await FakeApi.StartAsync();
        using var cli = new Invocation { Input = new StringReader("from a pipe") };

        Assert.Equal(ExitCodes.Success, await cli.RunAsync("run", "-", "--server", api.Url.ToString()));
        Assert.Contains("from a pipe", cli.Output, StringComparison.Ordinal);
    }
}
