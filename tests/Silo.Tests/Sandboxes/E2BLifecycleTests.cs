using Colloquy.Grains.Sandboxes;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class E2BLifecycleTests : E2BTest
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Connect_tells_whether_it_resumed_and_until_when_it_lives()
    {
        var existing = Server.Add();
        Assert.False((await Provider.ConnectAsync(existing.Id, Idle, Token))!.WasResumed);

        existing.State = "paused";
        var resumed = await Provider.ConnectAsync(existing.Id, Idle * 2, Token);

        Assert.True(resumed!.WasResumed);
        Assert.Equal(Time.GetUtcNow() + (Idle * 2), resumed.EndAt);
        Assert.Equal("running", existing.State);
    }

    [Fact]
    public async Task Connect_waits_while_the_sandbox_changes_its_state()
    {
        var existing = Server.Add();
        Server.Next(Connect(existing), 409);
        Server.Next(Connect(existing), 409);

        Assert.NotNull(await HurryAsync(Provider.ConnectAsync(existing.Id, Idle, Token)));
    }

    [Fact]
    public async Task Connect_that_would_be_one_sandbox_too_many_says_so_at_once()
    {
        var existing = Server.Add();
        Server.Next(Connect(existing), 429, """{"code":429,"message":"maximum number of concurrent E2B sandboxes (20)"}""");

        await FailureAsync(SandboxFailure.LimitReached, () => Provider.ConnectAsync(existing.Id, Idle, Token));
    }

    [Fact]
    public async Task Extend_of_a_sandbox_that_was_paused_meanwhile_tells_that_it_was_resumed()
    {
        var sandbox = await CreateAsync();
        Assert.False(sandbox.WasResumed);
        Server.Sandboxes[sandbox.Id].State = "paused";

        await sandbox.ExtendAsync(Idle, Token);
        Assert.True(sandbox.WasResumed);

        await sandbox.ExtendAsync(Idle, Token);
        Assert.False(sandbox.WasResumed);
    }

    [Fact]
    public async Task SetTimeout_shortens_a_life()
    {
        var sandbox = await CreateAsync();
        await sandbox.ExtendAsync(TimeSpan.FromMinutes(50), Token);

        await sandbox.SetTimeoutAsync(TimeSpan.FromSeconds(299.5), Token);

        Assert.Equal("""{"timeout":300}""", Assert.Single(Server.To(SetTimeout(sandbox))).Json.ToJsonString());
        Assert.Equal(Time.GetUtcNow() + Idle, sandbox.EndAt);
        Assert.Empty(Log.Warnings);
    }

    [Fact]
    public async Task SetTimeout_that_is_cut_off_without_a_word_is_noticed_and_logged_once()
    {
        using var provider = NewProvider(Server.Url, options => options.MaxRun = TimeSpan.FromHours(24));
        var sandbox = await provider.CreateAsync(Spec, Token);

        await sandbox.SetTimeoutAsync(TimeSpan.FromHours(3), Token);
        await sandbox.SetTimeoutAsync(TimeSpan.FromHours(3), Token);

        Assert.Equal(Time.GetUtcNow() + TimeSpan.FromHours(1), sandbox.EndAt);
        var warning = Assert.Single(Log.Warnings);
        Assert.Contains("asked to live 03:00:00", warning, StringComparison.Ordinal);
        Assert.Contains("grants 01:00:00", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_the_longest_run_is_never_asked_for()
    {
        var sandbox = await Provider.CreateAsync(Spec with { Timeout = TimeSpan.FromHours(2) }, Token);
        await sandbox.ExtendAsync(TimeSpan.FromHours(3), Token);
        await sandbox.SetTimeoutAsync(TimeSpan.MaxValue, Token);

        Assert.All(
            Server.Requests.Where(request => request.Method == "POST"),
            request => Assert.Equal(3600, request.Json["timeout"]!.GetValue<int>()));
        Assert.Equal(TimeSpan.FromHours(1), Provider.MaxRun);
        Assert.Single(Log.Warnings);
    }

    [Fact]
    public async Task SetTimeout_leaves_a_paused_sandbox_alone_and_tells_when_one_is_gone()
    {
        var sandbox = await CreateAsync();
        await Provider.PauseAsync(sandbox.Id, Token);

        await sandbox.SetTimeoutAsync(Idle, Token);
        Assert.Equal("paused", Server.Sandboxes[sandbox.Id].State);

        Server.Sandboxes.Clear();
        await FailureAsync(SandboxFailure.Gone, () => sandbox.SetTimeoutAsync(Idle, Token));
    }

    [Fact]
    public async Task SetTimeout_waits_while_the_sandbox_changes_its_state()
    {
        var sandbox = await CreateAsync();
        Server.Next(SetTimeout(sandbox), 409);

        await HurryAsync(sandbox.SetTimeoutAsync(Idle, Token));

        Assert.Equal(2, Server.To(SetTimeout(sandbox)).Count());
    }

    [Fact]
    public async Task Pause_keeps_the_files_only_and_is_content_with_one_that_is_paused()
    {
        var existing = Server.Add();

        Assert.True(await Provider.PauseAsync(existing.Id, Token));
        Assert.True(await Provider.PauseAsync(existing.Id, Token));

        Assert.Equal("paused", existing.State);
        Assert.All(Server.To(Pause(existing)), request => Assert.Equal("""{"memory":false}""", request.Json.ToJsonString()));
    }

    [Theory]
    [InlineData(409)]
    [InlineData(503)]
    public async Task Pause_is_tried_again_while_something_else_happens_to_the_sandbox(int status)
    {
        var existing = Server.Add();
        Server.Next(Pause(existing), status);

        Assert.True(await HurryAsync(Provider.PauseAsync(existing.Id, Token)));

        Assert.Equal("paused", existing.State);
    }

    [Fact]
    public async Task Pause_gives_up_on_a_sandbox_that_stays_busy()
    {
        var existing = Server.Add();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Server.Next(Pause(existing), 409);
        }

        await FailureAsync(SandboxFailure.Unavailable, () => HurryAsync(Provider.PauseAsync(existing.Id, Token)));
    }

    [Fact]
    public async Task Pause_whose_answer_is_lost_is_found_done()
    {
        var existing = Server.Add();
        Server.Next(Pause(existing), context =>
        {
            existing.State = "paused";
            context.Abort();
            return Task.FromResult(true);
        });

        Assert.True(await HurryAsync(Provider.PauseAsync(existing.Id, Token)));
    }

    [Fact]
    public async Task Pause_of_a_sandbox_that_is_gone_or_being_killed_says_so()
    {
        Assert.False(await Provider.PauseAsync("i0gone", Token));

        Server.Next("POST /sandboxes/i0dying/pause", 409);
        Assert.False(await Provider.PauseAsync("i0dying", Token));
    }

    [Fact]
    public async Task Get_looks_and_changes_nothing()
    {
        var existing = Server.Add(new() { ["colloquy_session"] = "sesn_1", ["colloquy_lease"] = "lease-1" });
        await Provider.PauseAsync(existing.Id, Token);

        var status = await Provider.GetAsync(existing.Id, Token);

        Assert.Equal(
            new SandboxStatus(
                existing.Id, "sesn_1", "lease-1", SandboxState.Paused, existing.StartedAt, existing.EndAt, new(2, 512)),
            status);
        Assert.Equal("paused", existing.State);
        Assert.Equal(SandboxState.Running, (await Provider.GetAsync(Server.Add().Id, Token))!.State);
        Assert.Null(await Provider.GetAsync("i0gone", Token));
    }

    [Fact]
    public async Task A_sandbox_that_is_paused_in_mid_command_is_unavailable_and_not_gone()
    {
        var sandbox = await CreateAsync();
        await Provider.PauseAsync(sandbox.Id, Token);

        var exception = await FailureAsync(
            SandboxFailure.Unavailable, () => sandbox.WriteAsync([new SandboxFile("x", default)], Token));

        Assert.Contains("is paused", exception.Message, StringComparison.Ordinal);
    }

    private static string Connect(FakeSandbox sandbox) => $"POST /v2/sandboxes/{sandbox.Id}/connect";

    private static string Pause(FakeSandbox sandbox) => $"POST /sandboxes/{sandbox.Id}/pause";

    private static string SetTimeout(ISandbox sandbox) => $"POST /sandboxes/{sandbox.Id}/timeout";
}
