using System.Text;
using Colloquy.Environments;
using Colloquy.Grains.Sandboxes;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sandboxes;

/// <summary>Sandboxes as the session's environment wants them.</summary>
public sealed class EnvironmentTests
{
    private static readonly SandboxSettings Small = new(
        "mine", new SandboxNetwork(false, ["packages.example"]), new SandboxLimits(1, 256, 100), TimeSpan.FromSeconds(40));

    [Fact]
    public async Task Sandbox_and_the_one_that_replaces_it_are_made_as_the_environment_says()
    {
        var kept = await KeptSandbox.CreateAsync(environment: Small);
        await kept.RunTurnAsync(workspace: "work");
        kept.Sandboxes.Lose("sbx1");
        await kept.RestartAsync();

        await kept.RunTurnAsync();

        Assert.Equal(2, kept.Sandboxes.Created);
        Assert.All(kept.Sandboxes.Specs, spec =>
        {
            Assert.Equal(("mine", Small.Limits), (spec.Template, spec.Limits));
            Assert.Equal((false, false), (spec.Reach!.ModelGateway, spec.Reach.Network.Unrestricted));
            Assert.Equal(["packages.example"], spec.Reach.Network.AllowedHosts);
        });
    }

    [Fact]
    public async Task Session_without_an_environment_gets_a_closed_sandbox_of_the_servers_template()
    {
        var kept = await KeptSandbox.CreateAsync();

        await kept.RunTurnAsync();

        var spec = Assert.Single(kept.Sandboxes.Specs);
        Assert.Equal(("base", null, new SandboxReach(false, SandboxNetwork.Closed)), (spec.Template, spec.Limits, spec.Reach));
    }

    [Fact]
    public async Task Sandbox_is_paused_after_the_idle_time_of_its_environment()
    {
        var kept = await KeptSandbox.CreateAsync(environment: Small);
        await kept.RunTurnAsync();

        kept.Time.Advance(TimeSpan.FromSeconds(39));
        Assert.False(kept.Sandboxes["sbx1"].IsPaused);
        kept.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(kept.Sandboxes["sbx1"].IsPaused);
        Assert.Equal(kept.Sandboxes["sbx1"].Status.EndAt, kept.State.Sandbox!.ExpiresAt);
    }

    [Fact]
    public async Task Access_to_files_keeps_it_awake_for_that_long()
    {
        var kept = await KeptSandbox.CreateAsync(environment: Small with { IdleTimeout = TimeSpan.FromHours(1) });

        await kept.Keeper.AccessAsync(create: true, CancellationToken.None);

        Assert.Equal(TimeSpan.FromHours(1), kept.Keeper.IdleTimeout);
        Assert.Equal(kept.Time.GetUtcNow() + TimeSpan.FromHours(1), kept.Sandboxes["sbx1"].EndAt);
    }

    [Fact]
    public async Task Sandbox_of_an_agent_that_cannot_run_any_more_is_not_made_and_the_session_can_end()
    {
        var kept = await KeptSandbox.CreateAsync();
        await kept.SubmitAsync();
        kept.ShapeOf = _ => throw new SandboxException(SandboxFailure.Refused, "'agent_x' cannot run on this server");

        await Assert.ThrowsAsync<SandboxException>(kept.OpenAsync);
        await kept.Keeper.KillAsync(CancellationToken.None);

        Assert.Null(kept.State.Sandbox);
        Assert.Empty(kept.Sandboxes.Specs);
    }

    [Fact]
    public void Settings_are_stored_with_the_session_and_left_out_of_those_that_have_none()
    {
        var state = SessionMachine.Create(
            KeptSandbox.Id, new CreateSession(), new AgentSummary("agent_offline", 1, "Test", "m"), "hash", default);

        Assert.DoesNotContain("\"environment\"", Write(state), StringComparison.Ordinal);
        Assert.Contains("packages.example", Write(state with { Environment = Small }), StringComparison.Ordinal);
    }

    private static string Write(SessionState state) => Encoding.UTF8.GetString(SessionStateJson.ToRow(state, "here").State);
}
