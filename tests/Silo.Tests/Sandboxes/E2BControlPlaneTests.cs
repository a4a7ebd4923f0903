using System.Text.Json.Nodes;
using Colloquy.Environments;
using Colloquy.Grains.Sandboxes;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class E2BControlPlaneTests : E2BTest
{
    private const string Create = "POST /v2/sandboxes";
    private const string List = "GET /v2/sandboxes";

    [Fact]
    public async Task Create_sends_the_template_the_whole_timeout_and_whose_it_is_and_no_nulls()
    {
        var sandbox = await CreateAsync();

        var request = Assert.Single(Server.To(Create));
        Assert.Equal(
            """{"templateID":"base","timeout":91,"autoPause":true,"autoPauseMemory":false,"metadata":""" +
            """{"colloquy_lease":"lease-1","colloquy_session":"sesn_1","colloquy_owner":"installation-1"}}""",
            JsonNode.Parse(request.Body)!.ToJsonString());
        Assert.Equal(ApiKey, request.Headers["X-API-KEY"]);
        Assert.Equal(Server.Sandboxes.Keys.Single(), sandbox.Id);
        Assert.Equal(new SandboxResources(2, 512), sandbox.Resources);
    }

    [Fact]
    public async Task Create_sends_what_the_sandbox_may_use_and_tells_if_it_got_something_else()
    {
        var sandbox = await Provider.CreateAsync(
            Spec with { Limits = new SandboxLimits(4, null, 2048), Reach = new SandboxReach(true, SandboxNetwork.Closed) }, Token);

        var request = Assert.Single(Server.To(Create)).Json;
        Assert.Equal((4, null, 2048), ((int)request["cpuCount"]!, request["memoryMB"], (int)request["diskSizeMB"]!));
        Assert.Equal("""{"allowOut":["gateway.internal"],"denyOut":["0.0.0.0/0"]}""", request["network"]!.ToJsonString());
        Assert.Equal(new SandboxResources(2, 512), sandbox.Resources);
        Assert.Contains("was to have 4 vCPU and 512 MiB of memory, and has 2 vCPU", Assert.Single(Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_leads_to_a_gateway_that_is_on_the_network()
    {
        using var provider = NewProvider(Server.Url, options => options.GatewayUrl = new Uri("https://gateway.example:8443/"));

        await provider.CreateAsync(Spec with { Reach = new SandboxReach(true, SandboxNetwork.Closed) }, Token);

        Assert.Equal("gateway.example", (string?)Assert.Single(Server.To(Create)).Json["network"]!["allowOut"]![0]);
    }

    [Fact]
    public async Task Create_again_for_the_same_lease_gives_the_same_sandbox()
    {
        var first = await CreateAsync();
        var second = await CreateAsync();
        var other = await Provider.CreateAsync(Spec with { Lease = "lease-2" }, Token);

        Assert.Equal(first.Id, second.Id);
        Assert.NotEqual(first.Id, other.Id);
        Assert.Equal(2, Server.To(Create).Count());
    }

    [Fact]
    public async Task Create_whose_answer_is_lost_finds_the_sandbox_it_made()
    {
        Server.Next(Create, context =>
        {
            Server.Add(new() { ["colloquy_lease"] = Spec.Lease });
            context.Abort();
            return Task.FromResult(true);
        });

        var sandbox = await HurryAsync(CreateAsync());

        Assert.Equal(Server.Sandboxes.Keys.Single(), sandbox.Id);
        Assert.Single(Server.To(Create));
    }

    [Fact]
    public async Task Create_with_several_sandboxes_of_the_lease_takes_the_oldest_and_kills_the_others()
    {
        var oldest = Server.Add(new() { ["colloquy_lease"] = Spec.Lease });
        Server.Add(new() { ["colloquy_lease"] = Spec.Lease });
        var stubborn = Server.Add(new() { ["colloquy_lease"] = Spec.Lease });
        Server.Next($"DELETE /sandboxes/{stubborn.Id}", 500, """{"code":500,"message":"not now"}""");

        Assert.Equal(oldest.Id, (await CreateAsync()).Id);

        Assert.Equal([oldest.Id, stubborn.Id], Server.Sandboxes.Keys.Order());
        Assert.Contains(Log.Warnings, line => line.Contains("not now", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Create_does_not_take_a_sandbox_that_a_server_lists_wrongly()
    {
        var foreign = Server.Add(new() { ["colloquy_lease"] = "another" });
        Server.Next(List, 200, $"[{foreign.ToJson().ToJsonString()}]");

        Assert.NotEqual(foreign.Id, (await CreateAsync()).Id);
    }

    [Fact]
    public async Task Create_replaces_a_sandbox_that_ended_after_it_was_listed()
    {
        var gone = new FakeSandbox("i0gone", new() { ["colloquy_lease"] = Spec.Lease }, DateTimeOffset.UnixEpoch);
        Server.Next(List, 200, $"[{gone.ToJson().ToJsonString()}]");

        Assert.NotEqual(gone.Id, (await CreateAsync()).Id);
    }

    [Fact]
    public async Task Create_with_a_lease_full_of_separators_is_found_again()
    {
        var spec = Spec with { Lease = "a&b=c us/er%25+ü" };

        var first = await Provider.CreateAsync(spec, Token);
        var second = await Provider.CreateAsync(spec, Token);

        Assert.Equal(first.Id, second.Id);
        Assert.Contains(
            "metadata=colloquy_lease%3Da%252526b%25253Dc%252520us",
            Server.To(List).First().Query,
            StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(502, null)]
    [InlineData(503, null)]
    [InlineData(504, null)]
    [InlineData(429, "7")]
    public async Task Create_is_tried_again_when_that_may_help(int status, string? retryAfter)
    {
        Server.Next(Create, status, """{"code":503,"message":"busy"}""", retryAfter);
        Server.Next(Create, status, "<html>busy</html>", retryAfter);
        var start = Time.GetUtcNow();

        await HurryAsync(CreateAsync());

        Assert.Equal(3, Server.To(Create).Count());
        Assert.Equal(3, Server.To(List).Count());
        Assert.True(Time.GetUtcNow() - start >= TimeSpan.FromSeconds(2 * int.Parse(retryAfter ?? "0", null)));
    }

    [Theory]
    [InlineData(400, SandboxFailure.Refused)]
    [InlineData(401, SandboxFailure.Refused)]
    [InlineData(403, SandboxFailure.Refused)]
    [InlineData(404, SandboxFailure.Refused)]
    [InlineData(429, SandboxFailure.LimitReached)]
    [InlineData(500, SandboxFailure.Unavailable)]
    public async Task Create_is_not_tried_again_when_it_cannot_help(int status, SandboxFailure failure)
    {
        Server.Next(Create, status, $$"""{"code":{{status}},"message":"why it failed"}""");

        var exception = await FailureAsync(failure, () => CreateAsync());

        Assert.Contains("why it failed", exception.Message, StringComparison.Ordinal);
        Assert.Single(Server.To(Create));
    }

    [Fact]
    public async Task Create_gives_up_on_a_server_that_stays_busy()
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Server.Next(List, 503, "<html>busy</html>");
        }

        await FailureAsync(SandboxFailure.Unavailable, () => HurryAsync(CreateAsync()));

        Assert.Empty(Server.To(Create));
    }

    [Fact]
    public async Task Create_without_a_server_is_unavailable()
    {
        await Server.DisposeAsync();

        await FailureAsync(SandboxFailure.Unavailable, () => HurryAsync(CreateAsync()));
    }

    [Fact]
    public async Task Create_answered_with_something_else_is_unavailable()
    {
        Server.Next(List, 200, "<html>welcome</html>");

        await FailureAsync(SandboxFailure.Unavailable, () => CreateAsync());
    }

    [Fact]
    public async Task Connect_opens_a_sandbox_and_makes_it_live_longer()
    {
        var existing = Server.Add();

        var sandbox = await Provider.ConnectAsync(existing.Id, TimeSpan.FromMinutes(5), Token);

        Assert.Equal(new SandboxResources(2, 512), sandbox!.Resources);
        Assert.Equal("""{"timeout":300}""", Assert.Single(Connects(existing.Id)).Json.ToJsonString());
    }

    [Fact]
    public async Task Connect_to_a_sandbox_that_is_gone_gives_null()
    {
        Assert.Null(await Provider.ConnectAsync("i0gone", TimeSpan.FromMinutes(5), Token));
    }

    [Fact]
    public async Task Connect_to_a_sandbox_that_is_being_killed_gives_null()
    {
        Server.Next("POST /v2/sandboxes/i0dying/connect", 409);
        Server.Next("GET /sandboxes/i0dying", 404);

        Assert.Null(await Provider.ConnectAsync("i0dying", TimeSpan.FromMinutes(5), Token));
    }

    [Fact]
    public async Task Connect_to_a_sandbox_that_ends_in_between_gives_null()
    {
        var existing = Server.Add();
        Server.Next($"GET /sandboxes/{existing.Id}", 404);

        Assert.Null(await Provider.ConnectAsync(existing.Id, TimeSpan.FromMinutes(5), Token));
    }

    [Fact]
    public async Task Connect_is_tried_again_after_a_lost_answer()
    {
        var existing = Server.Add();
        Server.Next($"GET /sandboxes/{existing.Id}", Lose);

        Assert.NotNull(await HurryAsync(Provider.ConnectAsync(existing.Id, TimeSpan.FromMinutes(5), Token)));
    }

    [Fact]
    public async Task Extend_never_shortens_a_life_and_tells_when_it_has_ended()
    {
        var sandbox = await CreateAsync();

        await sandbox.ExtendAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal("""{"timeout":30}""", Assert.Single(Connects(sandbox.Id)).Json.ToJsonString());

        Server.Sandboxes.Clear();
        await FailureAsync(SandboxFailure.Gone, () => sandbox.ExtendAsync(TimeSpan.FromSeconds(30), Token));
    }

    [Fact]
    public async Task Kill_ends_a_sandbox_and_is_content_with_one_that_is_gone()
    {
        var existing = Server.Add();
        Server.Next($"DELETE /sandboxes/{existing.Id}", 503);

        await HurryAsync(Provider.KillAsync(existing.Id, Token));
        Assert.Empty(Server.Sandboxes);
        await Provider.KillAsync(existing.Id, Token);
    }

    [Fact]
    public async Task Kill_whose_answer_is_lost_is_found_done()
    {
        var existing = Server.Add();
        Server.Next($"DELETE /sandboxes/{existing.Id}", context =>
        {
            Server.Sandboxes.Clear();
            return Lose(context);
        });

        await HurryAsync(Provider.KillAsync(existing.Id, Token));
    }

    [Fact]
    public async Task Kill_that_is_refused_says_so()
    {
        Server.Next("DELETE /sandboxes/i01", 401);

        var exception = await FailureAsync(SandboxFailure.Refused, () => Provider.KillAsync("i01", Token));

        Assert.Contains("E2B_API_KEY", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_calls_end_as_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        Server.Next(List, async context =>
        {
            await cancellation.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Provider.CreateAsync(Spec, cancellation.Token));
    }

    private IEnumerable<RecordedRequest> Connects(string id) => Server.To($"POST /v2/sandboxes/{id}/connect");

    private static Task<bool> Lose(Microsoft.AspNetCore.Http.HttpContext context)
    {
        context.Abort();
        return Task.FromResult(true);
    }
}
