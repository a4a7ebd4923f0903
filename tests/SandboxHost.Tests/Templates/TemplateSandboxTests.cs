using System.Net;
using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests.Templates;

/// <summary>What a sandbox has from its template.</summary>
public sealed class TemplateSandboxTests : IAsyncLifetime
{
    private TestHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Sandbox_has_the_programs_folders_variables_and_background_of_its_template()
    {
        await DescribeAsync("mine", """
            {
              "install": [["sh", "-c", "mkdir bin; printf '#!/bin/sh\necho tool $MODE' >bin/tool; chmod +x bin/tool"]],
              "mounts": { "/opt/tool": "installed" },
              "path": ["/opt/tool/bin"],
              "env": { "MODE": "quiet" },
              "start": "echo begun >>started"
            }
            """);
        var sandbox = await CreateAsync("mine");

        Assert.Equal("tool quiet\n", (await sandbox.RunAsync("tool")).Stdout);
        Assert.Equal("tool quiet\n", (await sandbox.RunAsync("bash -l -c tool")).Stdout);
        Assert.NotEqual(0, (await sandbox.RunAsync("echo x >/opt/tool/bin/tool")).ExitCode);
        Assert.Equal("begun\n", (await sandbox.RunAsync("until [ -s started ]; do sleep 0.01; done; cat started")).Stdout);
        Assert.Equal("mine", (string)(await _host.DetailsAsync(sandbox))["templateID"]!);

        await _host.JsonAsync(HttpMethod.Post, $"/sandboxes/{sandbox.Id}/pause", new { memory = false }, HttpStatusCode.NoContent);
        await _host.JsonAsync(HttpMethod.Post, $"/v2/sandboxes/{sandbox.Id}/connect", new { timeout = 60 }, HttpStatusCode.Created);

        Assert.Equal("tool quiet\n", (await sandbox.RunAsync("tool")).Stdout);
        Assert.Equal("2\n", (await sandbox.RunAsync("until [ $(wc -l <started) -gt 1 ]; do sleep 0.01; done; wc -l <started")).Stdout);
    }

    [Fact]
    public async Task Changed_template_is_not_given_out_as_it_was()
    {
        await using var host = await TestHost.StartAsync(spares: 1);
        await DescribeAsync(host, "mine", """{ "env": { "MODE": "old" } }""");
        Assert.Equal("old\n", (await (await CreateAsync(host, "mine")).RunAsync("echo $MODE")).Stdout);
        await DescribeAsync(host, "mine", """{ "env": { "MODE": "new" }, "memory_mib": 600 }""");

        var sandbox = await CreateAsync(host, "mine");

        Assert.Equal("new\n", (await sandbox.RunAsync("echo $MODE")).Stdout);
        Assert.Equal(600, (int)(await host.DetailsAsync(sandbox))["memoryMB"]!);
    }

    [Fact]
    public async Task Template_that_takes_long_to_install_is_told_to_be_on_its_way_and_is_there_later()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await TestHost.StartAsync(time: time);
        var (begun, go) = (Path.Combine(host.DataFolder, "begun"), Path.Combine(host.DataFolder, "go"));
        await DescribeAsync(host, "slow", $$"""{"install": [["sh", "-c", "touch {{begun}}; until [ -e {{go}} ]; do sleep 0.01; done"]]}""");

        var early = host.JsonAsync(HttpMethod.Post, "/v2/sandboxes", new { templateID = "slow" }, HttpStatusCode.ServiceUnavailable);
        while (!File.Exists(begun)) await Task.Delay(1, Cancel);
        while (!early.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(50));
            await Task.Delay(1, Cancel);
        }

        Assert.Contains("is still being installed", (string)(await early)["message"]!, StringComparison.Ordinal);
        await File.WriteAllTextAsync(go, "", Cancel);
        await CreateAsync(host, "slow");
    }

    [Theory]
    [InlineData("nowhere", null, HttpStatusCode.NotFound, "template 'nowhere' not found. Here are: base, claude")]
    [InlineData("wrong", """{"mounts": {"/usr": "x"}}""", HttpStatusCode.InternalServerError, "Template 'wrong' is wrong: it cannot mount '/usr'")]
    public async Task Template_that_cannot_be_used_is_refused_with_its_reason(
        string name, string? json, HttpStatusCode status, string message)
    {
        if (json is not null) await DescribeAsync(name, json);

        var refused = await _host.JsonAsync(HttpMethod.Post, "/v2/sandboxes", new { templateID = name }, status);

        Assert.StartsWith(message, (string)refused["message"]!, StringComparison.Ordinal);
    }

    private Task DescribeAsync(string name, string json) => DescribeAsync(_host, name, json);

    private Task<TestSandbox> CreateAsync(string template) => CreateAsync(_host, template);

    private static async Task DescribeAsync(TestHost host, string name, string json)
    {
        var folder = Directory.CreateDirectory(Path.Combine(host.DataFolder, "templates", name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "template.json"), json, Cancel);
    }

    private static async Task<TestSandbox> CreateAsync(TestHost host, string template)
    {
        var created = await host.JsonAsync(HttpMethod.Post, "/v2/sandboxes", new { templateID = template }, HttpStatusCode.Created);
        return new TestSandbox(host.Http, (string)created["sandboxID"]!, (string)created["envdAccessToken"]!);
    }
}
