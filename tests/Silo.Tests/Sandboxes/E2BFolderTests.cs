using Colloquy.Grains.Sandboxes;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class E2BFolderTests : E2BTest
{
    private const string ListDir = "POST /filesystem.Filesystem/ListDir";

    [Fact]
    public async Task List_reads_entries_with_what_was_left_out()
    {
        Server.Folders["a folder"] =
            """
            {"entries":[
              {"name":"big","type":"FILE_TYPE_FILE","path":"/home/user/a folder/big","size":"9007199254740993","mode":420,
               "permissions":"-rw-r--r--","owner":"user","group":"user","modifiedTime":"2026-09-18T10:00:00.123456789Z","new":1},
              {"name":"empty","type":"FILE_TYPE_FILE","path":"/home/user/a folder/empty","modifiedTime":"2026-09-18T10:00:00Z"},
              {"name":"sub","type":"FILE_TYPE_DIRECTORY","path":"/home/user/a folder/sub","size":"4096"},
              {"name":"link","type":"FILE_TYPE_FILE","path":"/home/user/a folder/link","size":"3","symlinkTarget":"/x"},
              {"name":"dangling","path":"/home/user/a folder/dangling","symlinkTarget":"/nothing"}]}
            """;
        var sandbox = await CreateAsync();

        var entries = await sandbox.ListAsync("a folder", Token);

        var ten = new DateTimeOffset(2026, 9, 18, 10, 0, 0, TimeSpan.Zero);
        const string Folder = "/home/user/a folder/";
        Assert.Equal(
            [
                new SandboxEntry($"{Folder}big", "big", false, 9007199254740993, ten.AddTicks(1234567), null),
                new SandboxEntry($"{Folder}empty", "empty", false, 0, ten, null),
                new SandboxEntry($"{Folder}sub", "sub", true, 0, DateTimeOffset.UnixEpoch, null),
                new SandboxEntry($"{Folder}link", "link", false, 3, DateTimeOffset.UnixEpoch, "/x"),
                new SandboxEntry($"{Folder}dangling", "dangling", false, 0, DateTimeOffset.UnixEpoch, "/nothing"),
            ],
            entries);
        var request = Assert.Single(Server.To(ListDir));
        Assert.Equal("""{"path":"a folder","depth":1}""", request.Json.ToJsonString());
        Assert.Equal("application/json", request.Headers["Content-Type"]);
        Assert.Equal("1", request.Headers["Connect-Protocol-Version"]);
        Assert.Equal("Basic dXNlcjo=", request.Headers["Authorization"]);
    }

    [Fact]
    public async Task List_of_an_empty_folder_is_empty_and_of_none_is_null()
    {
        Server.Folders["empty"] = "{}";
        var sandbox = await CreateAsync();

        Assert.Empty((await sandbox.ListAsync("empty", Token))!);
        Assert.Null(await sandbox.ListAsync("nothing", Token));
    }

    [Theory]
    [InlineData(400, "\"invalid_argument\"", SandboxFailure.Refused)]
    [InlineData(401, "401", SandboxFailure.Refused)]
    [InlineData(404, "404", SandboxFailure.Refused)]
    [InlineData(500, "\"internal\"", SandboxFailure.Unavailable)]
    public async Task List_that_fails_says_why(int status, string code, SandboxFailure failure)
    {
        var sandbox = await CreateAsync();
        Server.Next(ListDir, status, $$"""{"code":{{code}},"message":"path is not a directory"}""");

        var exception = await FailureAsync(failure, () => sandbox.ListAsync("x", Token));

        Assert.Contains("not a directory", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_is_asked_again_when_that_may_help()
    {
        Server.Folders["x"] = "{}";
        var sandbox = await CreateAsync();
        Server.Next(ListDir, 503, """{"code":"unavailable"}""");
        Server.Next(ListDir, 200, """{"entries":""");

        await FailureAsync(SandboxFailure.Unavailable, () => HurryAsync(sandbox.ListAsync("x", Token)));
        Assert.Empty((await sandbox.ListAsync("x", Token))!);
    }
}
