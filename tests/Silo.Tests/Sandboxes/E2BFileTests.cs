using System.Text;
using Colloquy.Grains.Sandboxes;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class E2BFileTests : E2BTest
{
    private const string Files = "POST /files";
    private static readonly byte[] Bytes = [0, 1, 13, 10, 255];

    [Fact]
    public async Task Write_sends_one_file_as_it_is()
    {
        var sandbox = await CreateAsync();

        await sandbox.WriteAsync([new SandboxFile("a folder/ü&x.bin", Bytes)], Token);

        var request = Assert.Single(Server.To(Files));
        Assert.Equal("application/octet-stream", request.Headers["Content-Type"]);
        Assert.Contains("username=user", request.Query, StringComparison.Ordinal);
        Assert.Equal("49983", request.Headers["E2b-Sandbox-Port"]);
        Assert.Equal(sandbox.Id, request.Headers["E2b-Sandbox-Id"]);
        Assert.Equal($"token-of-{sandbox.Id}", request.Headers["X-Access-Token"]);
        Assert.Equal(Bytes, Server.Files["a folder/ü&x.bin"]);
    }

    [Fact]
    public async Task Write_sends_one_file_to_an_old_daemon_in_the_form_it_knows()
    {
        Server.EnvdVersion = "0.5.6";
        var sandbox = await CreateAsync();

        await sandbox.WriteAsync([new SandboxFile("x", Bytes)], Token);

        Assert.StartsWith("multipart/form-data", Server.To(Files).Single().Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(Bytes, Server.Files["x"]);
    }

    [Fact]
    public async Task Write_sends_several_files_in_one_request()
    {
        var sandbox = await CreateAsync();
        string[] paths = [".colloquy/turns/turn_1/prompt", "/tmp/x", "a folder/ü.txt", "empty"];

        await sandbox.WriteAsync(
            [.. paths.Select(path => new SandboxFile(path, path == "empty" ? default : Encoding.UTF8.GetBytes(path)))], Token);

        Assert.Single(Server.To(Files));
        Assert.Equal(paths.Order(), Server.Files.Keys.Order());
        Assert.All(paths[..3], path => Assert.Equal(path, Encoding.UTF8.GetString(Server.Files[path])));
        Assert.Empty(Server.Files["empty"]);
    }

    [Fact]
    public async Task Write_of_nothing_asks_nothing()
    {
        var sandbox = await CreateAsync();

        await sandbox.WriteAsync([], Token);

        Assert.Empty(Server.To(Files));
    }

    [Fact]
    public async Task Write_is_repeated_after_a_lost_answer()
    {
        var sandbox = await CreateAsync();
        Server.Next(Files, context =>
        {
            context.Abort();
            return Task.FromResult(true);
        });

        await HurryAsync(sandbox.WriteAsync([new SandboxFile("x", Bytes), new SandboxFile("y", Bytes)], Token));

        Assert.Equal(Bytes, Server.Files["x"]);
    }

    [Theory]
    [InlineData(400, SandboxFailure.Refused)]
    [InlineData(401, SandboxFailure.Refused)]
    [InlineData(500, SandboxFailure.Unavailable)]
    [InlineData(502, SandboxFailure.Unavailable)]
    [InlineData(507, SandboxFailure.Refused)]
    public async Task Write_that_fails_says_why(int status, SandboxFailure failure)
    {
        var sandbox = await CreateAsync();
        Server.Next(Files, status, $$"""{"code":{{status}},"message":"why it failed"}""");

        var exception = await FailureAsync(failure, () => sandbox.WriteAsync([new SandboxFile("x", Bytes)], Token));

        Assert.Contains("why it failed", exception.Message, StringComparison.Ordinal);
        Assert.Single(Server.To(Files));
    }

    [Fact]
    public async Task Write_to_a_sandbox_that_has_ended_says_that_it_is_gone()
    {
        var sandbox = await CreateAsync();
        Server.Sandboxes.Clear();

        await FailureAsync(SandboxFailure.Gone, () => sandbox.WriteAsync([new SandboxFile("x", Bytes)], Token));
    }
}
