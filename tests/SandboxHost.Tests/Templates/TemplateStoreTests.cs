using Colloquy.SandboxHost.Templates;
using Microsoft.Extensions.Logging.Abstractions;

namespace Colloquy.SandboxHost.Tests.Templates;

public sealed class TemplateStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("templates-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Base_needs_nothing()
    {
        var template = await Store().FindAsync("Base", Cancel);

        Assert.Same(Template.Base, template);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("../base")]
    [InlineData("")]
    public async Task Unknown_name_gives_none(string name) => Assert.Null(await Store().FindAsync(name, Cancel));

    [Fact]
    public async Task Own_template_has_its_folders_and_environment()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "mine", "data"));
        Write("mine", """{"mounts": {"/opt/data": "data"}, "env": {"A": "1"}, "path": ["/opt/data"]}""");

        var template = (await Store().FindAsync("mine", Cancel))!;

        Assert.Equal(Path.Combine(_folder, "mine", "data"), template.Mounts["/opt/data"]);
        Assert.Equal("1", template.Environment["A"]);
        Assert.StartsWith("/opt/data:/usr/local/sbin", template.Environment["PATH"], StringComparison.Ordinal);
        Assert.Contains("mine", Store().Names);
    }

    [Fact]
    public async Task Folder_that_does_not_exist_is_named()
    {
        Write("mine", """{"mounts": {"/opt/data": "data"}}""");

        var failure = await Assert.ThrowsAsync<TemplateException>(() => Store().FindAsync("mine", Cancel));

        Assert.Contains(Path.Combine(_folder, "mine", "data"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Install_runs_once_also_for_many_at_a_time_and_after_a_restart()
    {
        var counter = Path.Combine(_folder, "count");
        Write("mine", $$"""{"mounts": {"/opt/x": "installed"}, "install": [["sh", "-c", "echo run >>{{counter}}; echo hi >file"]]}""");
        var store = Store();

        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.FindAsync("mine", Cancel)));
        var later = await Store().FindAsync("mine", Cancel);

        Assert.Single(await File.ReadAllLinesAsync(counter, Cancel));
        Assert.All(found, template => Assert.Equal(later!.Mounts["/opt/x"], template!.Mounts["/opt/x"]));
        Assert.True(File.Exists(Path.Combine(later!.Mounts["/opt/x"], "file")));
    }

    [Fact]
    public async Task Hosts_that_share_a_cache_install_once_and_leave_what_another_installs()
    {
        var (go, counter) = (Path.Combine(_folder, "go"), Path.Combine(_folder, "count"));
        Write("mine", $$"""{"mounts": {"/opt/x": "installed"}, "install": [["sh", "-c", "echo run >>{{counter}}; touch file; until [ -e {{go}} ]; do sleep 0.01; done"]]}""");
        await using var one = Store();
        await using var other = Store();

        var found = new[] { one.FindAsync("mine", Cancel), other.FindAsync("mine", Cancel) };
        await File.WriteAllTextAsync(go, "", Cancel);
        var templates = await Task.WhenAll(found);

        Assert.Single(await File.ReadAllLinesAsync(counter, Cancel));
        Assert.All(templates, template => Assert.True(File.Exists(Path.Combine(template!.Mounts["/opt/x"], "file"))));
    }

    [Fact]
    public async Task What_an_installation_left_that_did_not_end_is_removed_by_the_next()
    {
        var ready = Path.Combine(_folder, "ready");
        Write("mine", $$"""{"mounts": {"/opt/x": "installed"}, "install": [["test", "-e", "{{ready}}"]]}""");
        await Assert.ThrowsAsync<TemplateException>(() => Store().FindAsync("mine", Cancel));
        var left = Assert.Single(Directory.EnumerateDirectories(Path.Combine(_folder, "mine"), "installing-*"));
        await File.WriteAllTextAsync(ready, "", Cancel);

        await Store().FindAsync("mine", Cancel);

        Assert.False(Directory.Exists(left));
    }

    [Fact]
    public async Task Who_waits_is_told_what_is_installed_and_only_then()
    {
        Write("mine", """{"mounts": {"/opt/x": "installed"}, "installs": "a thing", "install": [["true"]]}""");
        var told = new List<string>();

        await Store().FindAsync("mine", Cancel, told.Add);
        await Store().FindAsync("mine", Cancel, told.Add);

        Assert.Equal(["a thing"], told);
    }

    [Fact]
    public async Task Changed_install_gets_a_folder_of_its_own()
    {
        Write("mine", """{"mounts": {"/opt/x": "installed"}, "install": [["touch", "one"]]}""");
        var first = await Store().FindAsync("mine", Cancel);
        Write("mine", """{"mounts": {"/opt/x": "installed"}, "install": [["touch", "two"]]}""");
        var second = await Store().FindAsync("mine", Cancel);

        Assert.True(File.Exists(Path.Combine(first!.Mounts["/opt/x"], "one")));
        Assert.Equal(["two"], Directory.EnumerateFiles(second!.Mounts["/opt/x"]).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Caller_who_gives_up_does_not_stop_the_installation()
    {
        var (go, counter) = (Path.Combine(_folder, "go"), Path.Combine(_folder, "count"));
        Write("mine", $$"""{"mounts": {"/opt/x": "installed"}, "install": [["sh", "-c", "echo run >>{{counter}}; until [ -e {{go}} ]; do sleep 0.01; done"]]}""");
        await using var store = Store();
        using var impatient = new CancellationTokenSource();
        var first = store.FindAsync("mine", impatient.Token);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await File.WriteAllTextAsync(go, "", Cancel);

        Assert.NotNull(await store.FindAsync("mine", Cancel));
        Assert.Single(await File.ReadAllLinesAsync(counter, Cancel));
    }

    [Fact]
    public async Task Store_that_closes_stops_its_installations()
    {
        Write("mine", """{"mounts": {"/opt/x": "installed"}, "install": [["sleep", "1000"]]}""");
        var store = Store();
        var installing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var found = store.FindAsync("mine", Cancel, _ => installing.SetResult());
        await installing.Task.WaitAsync(Cancel);

        await store.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => found.WaitAsync(TimeSpan.FromSeconds(20), Cancel));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(_folder, "mine"), "installed-*"));
    }

    [Fact]
    public async Task Failed_install_tells_what_was_said_and_is_tried_again()
    {
        Write("mine", """{"mounts": {"/opt/x": "installed"}, "install": [["sh", "-c", "echo no such package >&2; exit 7"]]}""");

        var failure = await Assert.ThrowsAsync<TemplateException>(() => Store().FindAsync("mine", Cancel));
        await Assert.ThrowsAsync<TemplateException>(() => Store().FindAsync("mine", Cancel));

        Assert.Contains("ended with 7", failure.Message, StringComparison.Ordinal);
        Assert.Contains("no such package", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_program_is_named()
    {
        Write("mine", """{"mounts": {"/opt/x": "installed"}, "install": [["no-such-program"]]}""");

        var failure = await Assert.ThrowsAsync<TemplateException>(() => Store().FindAsync("mine", Cancel));

        Assert.Contains("'no-such-program'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install no-such-program", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Install_does_not_see_the_servers_secrets()
    {
        Environment.SetEnvironmentVariable("COLLOQUY_TEST_SECRET", "s3cret");
        Write("mine", """{"mounts": {"/opt/x": "installed"}, "install": [["sh", "-c", "env >file"]]}""");

        var template = await Store().FindAsync("mine", Cancel);

        var seen = await File.ReadAllTextAsync(Path.Combine(template!.Mounts["/opt/x"], "file"), Cancel);
        Assert.DoesNotContain("s3cret", seen, StringComparison.Ordinal);
        Assert.Contains("PATH=", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("claude", "/opt/claude", "@anthropic-ai/claude-code@")]
    [InlineData("python", "/opt/claude-agent-sdk", "claude-agent-sdk==")]
    public void Shipped_template_is_right(string name, string folder, string package)
    {
        using var stream = typeof(Template).Assembly.GetManifestResourceStream($"templates/{name}/template.json")!;
        using var content = new MemoryStream();
        stream.CopyTo(content);

        var definition = TemplateReader.Read(name, content.ToArray());

        Assert.Contains(name, Store().Names);
        Assert.Equal("installed", definition.Mounts[folder]);
        Assert.Equal(1024, definition.MemoryMib);
        Assert.Contains(definition.Install[0], argument => argument.StartsWith(package, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TemplateStore Store() => new(_folder, _folder, NullLogger<TemplateStore>.Instance);

    private void Write(string name, string json)
    {
        Directory.CreateDirectory(Path.Combine(_folder, name));
        File.WriteAllText(Path.Combine(_folder, name, "template.json"), json);
    }
}
