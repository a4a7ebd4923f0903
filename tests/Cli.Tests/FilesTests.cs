using System.Text.Json;
using Colloquy.Cli.Tests.Fakes;

namespace Colloquy.Cli.Tests;

public sealed class FilesTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("colloquy-cli-tests-").FullName;
    private FakeApi _api = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await FakeApi.StartAsync();
        _api.AddSession();
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(null, "/home/user/my data.csv")]
    [InlineData("in/", "/home/user/in/my data.csv")]
    [InlineData("/home/user/other.csv", "/home/user/other.csv")]
    public async Task Put_sends_the_file_and_says_where_it_is(string? remote, string stored)
    {
        var local = LocalFile("my data.csv", "a,b\n");

        var (code, output, _) = await RunAsync(remote is null ? ["put", "sesn_1", local] : ["put", "sesn_1", local, remote]);

        Assert.Equal(ExitCodes.Success, code);
        Assert.Equal("a,b\n"u8.ToArray(), _api.Files[stored]);
        Assert.Equal($"{stored}: 4 bytes\n", output);
    }

    [Fact]
    public async Task Put_of_what_is_no_file_sends_nothing()
    {
        var (folder, _, tar) = await RunAsync("put", "sesn_1", _folder);
        var (missing, _, named) = await RunAsync("put", "sesn_1", Path.Combine(_folder, "nothere"));

        Assert.Equal((ExitCodes.Usage, ExitCodes.Usage), (folder, missing));
        Assert.Contains("tar", tar, StringComparison.Ordinal);
        Assert.Contains("nothere", named, StringComparison.Ordinal);
        Assert.Empty(_api.Files);
    }

    [Fact]
    public async Task Put_that_is_refused_is_explained()
    {
        _api.Failures.Enqueue(FakeApi.Problem(413, "request_too_large", "body: larger than the 1024 MiB that a file may have"));

        var (code, _, errors) = await RunAsync("put", "sesn_1", LocalFile("a", new string('x', 1_000_000)));

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("1024 MiB", errors, StringComparison.Ordinal);
        Assert.Contains("request_too_large", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_writes_a_file_or_into_a_folder()
    {
        _api.Files["/home/user/out/result.txt"] = "42"u8.ToArray();

        var (toFolder, output, _) = await RunAsync("get", "sesn_1", "out/result.txt", _folder);
        var (toFile, _, _) = await RunAsync("get", "sesn_1", "out/result.txt", Path.Combine(_folder, "other.txt"));

        Assert.Equal((ExitCodes.Success, ExitCodes.Success), (toFolder, toFile));
        Assert.Equal($"{Path.Combine(_folder, "result.txt")}: 2 bytes\n", output);
        Assert.Equal("42", File.ReadAllText(Path.Combine(_folder, "result.txt")));
        Assert.Equal("42", File.ReadAllText(Path.Combine(_folder, "other.txt")));
    }

    [Fact]
    public async Task Get_to_the_standard_output_gives_the_bytes_and_nothing_else()
    {
        byte[] bytes = [0, 255, 10, 13, 27, 0];
        _api.Files["/home/user/a.bin"] = bytes;
        using var stdout = new MemoryStream();

        var (code, output, _) = await RunAsync(stdout, "get", "sesn_1", "a.bin", "-");

        Assert.Equal((ExitCodes.Success, ""), (code, output));
        Assert.Equal(bytes, stdout.ToArray());
    }

    [Fact]
    public async Task Get_replaces_a_file_only_by_force()
    {
        _api.Files["/home/user/a"] = "new"u8.ToArray();
        var local = LocalFile("a", "old");

        var (refused, _, errors) = await RunAsync("get", "sesn_1", "a", local);
        var kept = File.ReadAllText(local);
        var (forced, _, _) = await RunAsync("get", "sesn_1", "a", local, "--force");

        Assert.Equal((ExitCodes.Usage, "old"), (refused, kept));
        Assert.Contains("--force", errors, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Success, "new"), (forced, File.ReadAllText(local)));
    }

    [Fact]
    public async Task Get_that_breaks_off_leaves_what_was_there()
    {
        _api.Files["/home/user/a"] = new byte[500_000];
        _api.BreakNextDownload = true;
        var local = LocalFile("a", "old");

        var (code, _, errors) = await RunAsync("get", "sesn_1", "a", local, "--force");

        Assert.Equal(ExitCodes.Server, code);
        Assert.Contains("cannot be reached", errors, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(local));
        Assert.Equal([local], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Get_of_a_missing_file_creates_none()
    {
        var (code, _, errors) = await RunAsync("get", "sesn_1", "nothere", _folder);

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("file_not_found", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task List_is_a_table_in_which_names_cannot_steer_the_terminal()
    {
        var (code, output, _) = await RunAsync("ls", "sesn_1");

        Assert.Equal(ExitCodes.Success, code);
        foreach (var part in (string[])["src/", "1,234,567", "latest -> /tmp/x", "2026-01-31 10:00:00Z", "evil"])
        {
            Assert.Contains(part, output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task List_as_json_is_the_answer_of_the_server()
    {
        var (_, output, _) = await RunAsync("ls", "sesn_1", "src", "--json");

        Assert.True(JsonElement.DeepEquals(
            JsonElement.Parse(FakeJson.Files("src").ToJsonString()), JsonElement.Parse(output)));
    }

    [Fact]
    public async Task Unknown_session_is_an_error()
    {
        var (code, _, errors) = await RunAsync("ls", "sesn_9");

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("session_not_found", errors, StringComparison.Ordinal);
    }

    private string LocalFile(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return path;
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) =>
        RunAsync(Stream.Null, arguments);

    private async Task<(int Code, string Output, string Errors)> RunAsync(Stream stdout, params string[] arguments)
    {
        using var cli = new Invocation { Stdout = stdout };
        var code = await cli.RunAsync(["files", .. arguments, "--server", _api.Url.ToString()]);
        return (code, cli.Output, cli.Errors);
    }
}
