using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Colloquy.Silo;
using Xunit;

namespace Colloquy.EndToEnd;

/// <summary>Files between a client and the sandbox of a session, through the whole server.</summary>
public sealed class FileTests : IAsyncLifetime
{
    private const int Limit = 1024 * 1024;

    private readonly TemporaryFolder _data = new();
    private ColloquyServer _server = null!;
    private ApiClient _api = null!;
    private HttpClient _http = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => StartAsync();

    private async ValueTask StartAsync(params string[] arguments)
    {
        _server = await ColloquyServer.StartAsync(
            new ServerSettings
            {
                Urls = "http://127.0.0.1:0",
                DataFolder = _data.Path,
                Quiet = true,
                Arguments = ["--Sandbox:MaxFileMiB", "1", .. arguments],
            },
            Stop);
        _api = new ApiClient(_server.Url);
        _http = new HttpClient { BaseAddress = new Uri(_server.Url) };
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _data.Dispose();
    }

    private async Task StopAsync()
    {
        _http.Dispose();
        _api.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Agent_reads_what_was_put_before_its_first_turn_and_what_it_writes_can_be_fetched()
    {
        var session = await _api.CreateSessionAsync();
        Assert.Empty((await ListAsync(session)).AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(session, "in/question.txt")).Status);
        Assert.Null((await _api.GetAsync($"/v1/sessions/{session}"))["sandbox_id"]);

        Assert.Equal(HttpStatusCode.OK, await PutAsync(session, "in/question.txt", "forty-two"));
        var read = await _api.AskAsync(session, "Run cat in/question.txt");
        await _api.AskAsync(session, "Write \"done\" to answer.txt");

        Assert.Contains(read, stored => (string?)stored["stdout"] == "forty-two");
        Assert.Equal("done", (await GetAsync(session, "/home/user/answer.txt")).Text.Trim());
        Assert.Equal(
            ["folder in", "file answer.txt"],
            (await ListAsync(session)).AsArray().Where(file => !((string)file!["name"]!).StartsWith('.'))
                .Select(file => $"{file!["type"]} {file["name"]}"));
        Assert.Equal(9, (long)(await ListAsync(session, "in"))[0]!["size"]!);
    }

    [Fact]
    public async Task Upload_that_is_refused_half_way_leaves_the_old_file_and_nothing_else()
    {
        var session = await _api.CreateSessionAsync();
        await PutAsync(session, "a.txt", "old");

        var status = await PutAsync(session, "a.txt", new Chunked(new byte[Limit + 1]));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Equal("old", (await GetAsync(session, "a.txt")).Text);
        Assert.Empty((await ListAsync(session, ".colloquy/uploads")).AsArray());
    }

    [Fact]
    public async Task Large_file_comes_back_byte_by_byte()
    {
        var session = await _api.CreateSessionAsync();
        var bytes = new byte[Limit];
        Random.Shared.NextBytes(bytes);

        Assert.Equal(HttpStatusCode.OK, await PutAsync(session, "big", new Chunked(bytes)));

        Assert.Equal(bytes, (await GetAsync(session, "big")).Bytes);
    }

    [Fact]
    public async Task Replaced_program_stays_one()
    {
        var session = await _api.CreateSessionAsync();
        await PutAsync(session, "run.sh", "#!/bin/sh\necho one\n");
        await _api.AskAsync(session, "Run chmod 755 run.sh");

        await PutAsync(session, "run.sh", "#!/bin/sh\necho 22\n");
        var events = await _api.AskAsync(session, "Run stat -c %a:%s run.sh");

        Assert.Contains(events, stored => (string?)stored["stdout"] == "755:18");
    }

    [Fact]
    public async Task Link_out_of_the_home_folder_is_replaced_and_not_followed_on_writing()
    {
        var session = await _api.CreateSessionAsync();
        await PutAsync(session, "a", "x");
        await _api.AskAsync(session, "Run ln -s /tmp/target link");

        Assert.Equal(HttpStatusCode.OK, await PutAsync(session, "link", "mine"));
        var events = await _api.AskAsync(session, "Run ls /tmp/target || cat link");

        Assert.Contains(events, stored => (string?)stored["stdout"] == "mine");
    }

    [Fact]
    public async Task What_cannot_be_is_refused()
    {
        var session = await _api.CreateSessionAsync();
        await PutAsync(session, "folder/file", "x");

        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(session, "folder", "x"));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(session, "folder/file/below", "x"));
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync(session, "folder")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("sesn_nothere", "file")).Status);
        await _api.EndAsync(session);
        Assert.Equal(HttpStatusCode.Conflict, (await GetAsync(session, "folder/file")).Status);
        Assert.Equal(HttpStatusCode.Conflict, await PutAsync(session, "folder/file", "x"));
    }

    [Fact]
    public async Task Paused_sandbox_is_resumed_by_access_and_its_pause_is_not_paid_for()
    {
        await StopAsync();
        await StartAsync("--Sandbox:Timeout", "00:00:02");
        var session = await _api.CreateSessionAsync();
        await PutAsync(session, "a", "kept");
        JsonNode sandbox;
        do
        {
            sandbox = Assert.Single((await _api.GetAsync("/v1/sandboxes"))["data"]!.AsArray())!;
        }
        while ((string?)sandbox["state"] == "running");
        Assert.Equal(("paused", true), ((string?)sandbox["state"], (bool)sandbox["held"]!));

        var content = (await GetAsync(session, "a")).Text;
        var cost = (await _api.GetAsync($"/v1/sessions/{session}"))["cost"]!;

        Assert.Equal("kept", content);
        Assert.InRange((double)cost["sandbox_seconds"]!, 1, 3);
    }

    [Fact]
    public async Task Sandboxes_are_listed_with_who_holds_them()
    {
        var session = await _api.CreateSessionAsync();
        await PutAsync(session, "a", "x");

        var list = await _api.GetAsync("/v1/sandboxes");
        await _api.EndAsync(session);
        var after = await _api.GetAsync("/v1/sandboxes");

        var sandbox = Assert.Single(list["data"]!.AsArray())!;
        Assert.Equal((session, "running", true), ((string)sandbox["session_id"]!, (string)sandbox["state"]!, (bool)sandbox["held"]!));
        Assert.Equal((1, 0), ((int)list["running"]!, (int)after["running"]!));
    }

    private Task<HttpStatusCode> PutAsync(string session, string path, string text) =>
        PutAsync(session, path, new StringContent(text));

    private async Task<HttpStatusCode> PutAsync(string session, string path, HttpContent content)
    {
        using var answer = await _http.PutAsync($"/v1/sessions/{session}/files/content?path={path}", content, Stop);
        return answer.StatusCode;
    }

    private async Task<(HttpStatusCode Status, byte[] Bytes, string Text)> GetAsync(string session, string path)
    {
        using var answer = await _http.GetAsync($"/v1/sessions/{session}/files/content?path={path}", Stop);
        var bytes = await answer.Content.ReadAsByteArrayAsync(Stop);
        return (answer.StatusCode, bytes, Encoding.UTF8.GetString(bytes));
    }

    private async Task<JsonNode> ListAsync(string session, string path = "") =>
        (await _api.GetAsync($"/v1/sessions/{session}/files?path={path}"))["data"]!;

    /// <summary>A body that does not say how long it is.</summary>
    private sealed class Chunked(byte[] content) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(content).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
