using System.Net;
using System.Text.Json.Nodes;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests;

/// <summary>Pausing, resuming, and what happens when the time is over.</summary>
public sealed class PauseTests : IAsyncLifetime
{
    private const HttpStatusCode NoContent = HttpStatusCode.NoContent, Conflict = HttpStatusCode.Conflict,
        NotFound = HttpStatusCode.NotFound, Created = HttpStatusCode.Created, Ok = HttpStatusCode.OK;

    private static readonly HttpMethod Get = HttpMethod.Get, Post = HttpMethod.Post, Delete = HttpMethod.Delete;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider _time = new();
    private TestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync(time: _time, maxSandboxes: 2);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Pause_keeps_files_and_ends_processes()
    {
        var sandbox = await _host.CreateAsync(new { timeout = 100, envVars = new { A = "b" }, metadata = new { session = "a" } });
        await sandbox.RunAsync("echo home >file; echo temporary >/tmp/file");
        using var stream = await sandbox.ShellAsync("sleep 1000");
        await stream.StartedAsync();
        _time.Advance(TimeSpan.FromSeconds(10));

        await PostAsync(sandbox, "pause", new { memory = false }, NoContent);

        Assert.Equal("unavailable", (await stream.ReadToEndAsync()).ErrorCode);
        Assert.Empty(SandboxProcesses.Of(sandbox.Id));
        var paused = await _host.DetailsAsync(sandbox);
        Assert.Equal(("paused", "a"), ((string)paused["state"]!, (string)paused["metadata"]!["session"]!));
        Assert.Equal(_time.GetUtcNow(), (DateTimeOffset)paused["endAt"]!);
        using (var call = await sandbox.SendAsync(Post, "/process.Process/List")) Assert.Equal(HttpStatusCode.BadGateway, call.StatusCode);

        _time.Advance(TimeSpan.FromDays(30));
        var resumed = await ConnectAsync(sandbox, 60, Created);
        Assert.Equal(sandbox.Token, (string)resumed["envdAccessToken"]!);
        Assert.Equal("home\ntemporary\nb\n", (await sandbox.RunAsync("cat file /tmp/file; echo $A")).Stdout);
        var running = await _host.DetailsAsync(sandbox);
        Assert.Equal("running", (string)running["state"]!);
        Assert.Equal(_time.GetUtcNow(), (DateTimeOffset)running["startedAt"]!);
        Assert.Equal(_time.GetUtcNow().AddSeconds(60), (DateTimeOffset)running["endAt"]!);
    }

    [Fact]
    public async Task Pause_with_memory_freezes_processes_and_connect_thaws_them()
    {
        Limits.LimitedHost.Need("freezer");
        var sandbox = await _host.CreateAsync();
        using var stream = await sandbox.ShellAsync("while :; do echo tick >>ticks; sleep 0.01; done");
        var pid = await stream.StartedAsync();
        await TicksAsync(sandbox);
        var init = _host.InitOf(sandbox);

        await PostAsync(sandbox, "pause", new { memory = true }, NoContent);

        Assert.Equal("unavailable", (await stream.ReadToEndAsync()).ErrorCode);
        var file = Path.Combine(_host.FolderOf(sandbox), "disk", "home", "ticks");
        var ticks = new FileInfo(file).Length;
        Assert.True(init.IsRunning);
        using (var call = await sandbox.SendAsync(Post, "/process.Process/List")) Assert.Equal(HttpStatusCode.BadGateway, call.StatusCode);
        Assert.Equal(ticks, new FileInfo(file).Length);

        await ConnectAsync(sandbox, 60, Created);

        Assert.Equal(init, _host.InitOf(sandbox));
        await TicksAsync(sandbox);
        using var again = await sandbox.OpenAsync("Connect", new { process = new { pid } });
        await again.StartedAsync();
        await sandbox.CallAsync("SendSignal", new { process = new { pid }, signal = "SIGNAL_SIGKILL" });
        Assert.Equal("signal: killed", (string)(await again.ReadToEndAsync()).End!["status"]!);
    }

    [Fact]
    public async Task Frozen_sandbox_can_be_killed()
    {
        Limits.LimitedHost.Need("freezer");
        var sandbox = await _host.CreateAsync();
        using var stream = await sandbox.ShellAsync("sleep 1000");
        await stream.StartedAsync();
        await PostAsync(sandbox, "pause", new { memory = true }, NoContent);

        await _host.JsonAsync(HttpMethod.Delete, $"/sandboxes/{sandbox.Id}", null, NoContent);

        Assert.Empty(SandboxProcesses.Of(sandbox.Id));
        Assert.False(Directory.Exists(_host.FolderOf(sandbox)));
    }

    [Fact]
    public async Task Frozen_sandbox_whose_thaw_fails_is_not_lost()
    {
        Limits.LimitedHost.Need("freezer");
        var sandbox = await _host.CreateAsync();
        var init = _host.InitOf(sandbox);
        await PostAsync(sandbox, "pause", new { memory = true }, NoContent);
        var obstacle = RefuseRecords(sandbox);
        for (var i = 0; i < 3; i++) await ConnectAsync(sandbox, 60, HttpStatusCode.InternalServerError);
        obstacle.Delete();

        await ConnectAsync(sandbox, 60, Created);

        Assert.Equal(init, _host.InitOf(sandbox));
        Assert.Equal("up\n", (await sandbox.RunAsync("echo up")).Stdout);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pause_that_nobody_asked_for_is_tried_until_it_works(bool atTimeout)
    {
        using var log = new TestLog();
        await using var host = await TestHost.StartAsync(time: _time, loggers: log);
        var sandbox = await host.CreateAsync(new { timeout = 10, autoPause = true, autoPauseMemory = false });
        var obstacle = RefuseRecords(sandbox, host);
        if (atTimeout) _time.Advance(TimeSpan.FromSeconds(10));
        else Assert.Equal(0, LibC.kill(host.InitOf(sandbox).Pid, LibC.SIGKILL));
        while (!log.Lines.Any(line => line.Contains("which fails; this is tried again", StringComparison.Ordinal))) await Task.Delay(5, Cancel);
        obstacle.Delete();

        while ((string)(await host.DetailsAsync(sandbox))["state"]! != "paused")
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, Cancel);
        }
    }

    [Fact]
    public async Task Sandbox_whose_folder_somebody_has_removed_can_be_killed()
    {
        await using var host = await TestHost.StartAsync(configure: options => options.OnlyMeasure = true);
        var sandbox = await host.CreateAsync();
        Directory.Delete(host.FolderOf(sandbox), recursive: true);
        await host.JsonAsync(Delete, $"/sandboxes/{sandbox.Id}", null, NoContent);
        Assert.Empty(SandboxProcesses.Of(sandbox.Id));
    }

    // A full disk, as far as the record is concerned.
    private DirectoryInfo RefuseRecords(TestSandbox sandbox, TestHost? host = null) =>
        Directory.CreateDirectory(Path.Combine((host ?? _host).FolderOf(sandbox), "sandbox.json.next"));

    private static async Task TicksAsync(TestSandbox sandbox)
    {
        var result = await sandbox.RunAsync("n=$(wc -l <ticks); until [ \"$(wc -l <ticks)\" -gt \"$n\" ]; do sleep 0.01; done; echo more");
        Assert.Equal("more\n", result.Stdout);
    }

    [Fact]
    public async Task Calls_that_do_not_fit_the_state_are_refused()
    {
        var sandbox = await _host.CreateAsync();
        var message = await PostAsync(sandbox, "resume", new { timeout = 5 }, Conflict);
        Assert.Equal($"Sandbox {sandbox.Id} is already running", (string)message["message"]!);
        await ConnectAsync(sandbox, 5, Ok);

        await PostAsync(sandbox, "pause", new { memory = false }, NoContent);
        await PostAsync(sandbox, "pause", null, Conflict);
        await PostAsync(sandbox, "timeout", new { timeout = 5 }, NotFound);
        await PostAsync(sandbox, "refreshes", new { duration = 5 }, NotFound);
        await PostAsync(sandbox, "connect", new { }, HttpStatusCode.BadRequest);
        await PostAsync(sandbox, "connect", new { timeout = 5 }, Created);
        await PostAsync(sandbox, "pause", null, NoContent);
        await _host.JsonAsync(Delete, $"/sandboxes/{sandbox.Id}", null, NoContent);
        foreach (var call in new[] { "pause", "resume", "timeout" }) await PostAsync(sandbox, call, new { timeout = 5 }, NotFound);
        Assert.False(Directory.Exists(_host.FolderOf(sandbox)));
    }

    [Fact]
    public async Task Pauses_at_once_all_succeed_and_a_connect_waits_for_them()
    {
        var sandbox = await _host.CreateAsync();
        var pauses = Enumerable.Range(0, 3).Select(_ => _host.ControlAsync(Post, $"/sandboxes/{sandbox.Id}/pause")).ToArray();
        foreach (var pause in await Task.WhenAll(pauses))
        {
            using (pause) Assert.Contains(pause.StatusCode, new[] { NoContent, Conflict });
        }

        await ConnectAsync(sandbox, 60, Created);
        Assert.Equal("up\n", (await sandbox.RunAsync("echo up")).Stdout);
        var kills = Enumerable.Range(0, 3).Select(_ => _host.ControlAsync(Delete, $"/sandboxes/{sandbox.Id}")).ToArray();
        foreach (var kill in await Task.WhenAll(kills))
        {
            using (kill) Assert.Contains(kill.StatusCode, new[] { NoContent, NotFound });
        }
    }

    [Fact]
    public async Task Only_running_sandboxes_are_counted()
    {
        var (first, second) = (await _host.CreateAsync(), await _host.CreateAsync());
        await PostAsync(first, "pause", null, NoContent);
        var third = await _host.CreateAsync();
        var refused = await ConnectAsync(first, 60, HttpStatusCode.TooManyRequests);
        Assert.Contains("maximum number of concurrent E2B sandboxes (2)", (string)refused["message"]!, StringComparison.Ordinal);
        Assert.Equal("paused", (string)(await _host.DetailsAsync(first))["state"]!);
        await PostAsync(second, "pause", null, NoContent);
        await ConnectAsync(first, 60, Created);
        await _host.JsonAsync(Delete, $"/sandboxes/{third.Id}", null, NoContent);
        await ConnectAsync(second, 60, Created);
    }

    [Fact]
    public async Task Sandbox_that_wants_it_is_paused_at_its_timeout()
    {
        var sandbox = await _host.CreateAsync(new { timeout = 10, autoPause = true });
        await sandbox.RunAsync("echo kept >file");
        using var stream = await sandbox.ShellAsync("sleep 1000");
        await stream.StartedAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        await stream.ReadToEndAsync();

        var paused = await _host.DetailsAsync(sandbox);
        Assert.Equal(("paused", "pause"), ((string)paused["state"]!, (string)paused["lifecycle"]!["onTimeout"]!));
        Assert.False((bool)paused["lifecycle"]!["autoResume"]!);
        await ConnectAsync(sandbox, 20, Created);
        Assert.Equal("kept\n", (await sandbox.RunAsync("cat file")).Stdout);
        // It is still to be paused, not killed, the next time.
        _time.Advance(TimeSpan.FromSeconds(20));
        await ConnectAsync(sandbox, 20, Created);
    }

    [Fact]
    public async Task Call_wakes_a_sandbox_that_was_made_so()
    {
        var sandbox = await _host.CreateAsync(new { timeout = 10, autoPause = true, autoResume = new { enabled = true } });
        await sandbox.RunAsync("echo kept >file");
        await PostAsync(sandbox, "pause", null, NoContent);
        var results = await Task.WhenAll(sandbox.RunAsync("cat file"), sandbox.RunAsync("cat file"));
        Assert.Equal(["kept\n", "kept\n"], results.Select(result => result.Stdout));
        var details = await _host.DetailsAsync(sandbox);
        Assert.Equal(_time.GetUtcNow().AddMinutes(5), (DateTimeOffset)details["endAt"]!);
        Assert.True((bool)details["lifecycle"]!["autoResume"]!);
    }

    [Fact]
    public async Task Run_is_no_longer_than_a_day_but_the_next_one_may_be()
    {
        var sandbox = await _host.CreateAsync(new { timeout = 86400 });
        var start = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromHours(23));
        await PostAsync(sandbox, "timeout", new { timeout = 7200 }, NoContent);
        Assert.Equal(start.AddHours(24), await EndAsync());
        await ConnectAsync(sandbox, 7200, Ok);
        await PostAsync(sandbox, "refreshes", new { duration = 3600 }, NoContent);
        Assert.Equal(start.AddHours(24), await EndAsync());

        await PostAsync(sandbox, "pause", null, NoContent);
        await ConnectAsync(sandbox, 7200, Created);
        Assert.Equal(_time.GetUtcNow().AddHours(2), await EndAsync());

        async Task<DateTimeOffset> EndAsync() => (DateTimeOffset)(await _host.DetailsAsync(sandbox))["endAt"]!;
    }

    [Theory]
    [InlineData("""{"duration":30}""", 30)]
    [InlineData("""{"duration":1}""", 15)]
    [InlineData(null, 15)]
    public async Task Refresh_extends_only(string? body, int seconds)
    {
        var sandbox = await _host.CreateAsync(new { timeout = 10 });
        var start = _time.GetUtcNow();
        await PostAsync(sandbox, "refreshes", body, NoContent);
        Assert.Equal(start.AddSeconds(seconds), (DateTimeOffset)(await _host.DetailsAsync(sandbox))["endAt"]!);
        await PostAsync(sandbox, "timeout", new { timeout = 100 }, NoContent);
        await PostAsync(sandbox, "refreshes", body, NoContent);
        Assert.Equal(start.AddSeconds(100), (DateTimeOffset)(await _host.DetailsAsync(sandbox))["endAt"]!);
        await PostAsync(sandbox, "refreshes", """{"duration":3601}""", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Old_create_and_resume_default_to_15_seconds()
    {
        var created = await _host.JsonAsync(Post, "/sandboxes", new { templateID = "base" }, Created);
        var sandbox = new TestSandbox(_host.Http, (string)created["sandboxID"]!, (string)created["envdAccessToken"]!);
        Assert.Equal(_time.GetUtcNow().AddSeconds(15), (DateTimeOffset)(await _host.DetailsAsync(sandbox))["endAt"]!);
        Assert.Single((await _host.JsonAsync(Get, "/sandboxes", null, Ok)).AsArray());
        await PostAsync(sandbox, "pause", null, NoContent);
        Assert.Empty((await _host.JsonAsync(Get, "/sandboxes", null, Ok)).AsArray());
        await PostAsync(sandbox, "resume", new { autoPause = true }, Created);
        var resumed = await _host.DetailsAsync(sandbox);
        Assert.Equal(_time.GetUtcNow().AddSeconds(15), (DateTimeOffset)resumed["endAt"]!);
        Assert.Equal("pause", (string)resumed["lifecycle"]!["onTimeout"]!);
    }

    [Fact]
    public async Task Timeout_of_nothing_ends_it_now()
    {
        var sandbox = await _host.CreateAsync();
        using var stream = await sandbox.ShellAsync("sleep 1000");
        await stream.StartedAsync();
        await PostAsync(sandbox, "timeout", new { timeout = 0 }, NoContent);
        await stream.ReadToEndAsync();
        using var gone = await _host.ControlAsync(Delete, $"/sandboxes/{sandbox.Id}");
        Assert.Contains(gone.StatusCode, new[] { NoContent, NotFound });
        await _host.JsonAsync(Get, $"/sandboxes/{sandbox.Id}", null, NotFound);
    }

    private Task<JsonNode> PostAsync(TestSandbox sandbox, string call, object? body, HttpStatusCode expected) =>
        _host.JsonAsync(Post, $"/sandboxes/{sandbox.Id}/{call}", body, expected);

    private Task<JsonNode> ConnectAsync(TestSandbox sandbox, int timeout, HttpStatusCode expected) =>
        _host.JsonAsync(Post, $"/v2/sandboxes/{sandbox.Id}/connect", new { timeout }, expected);
}
