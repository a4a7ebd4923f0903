using System.Net;
using System.Text;
using System.Text.Json;
using Colloquy.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Web.Tests;

public sealed class FileRouteTests : IAsyncLifetime
{
    private const string Files = "/v1/sessions/sesn_1/files";
    private const string Content = Files + "/content";
    private ApiServer _server = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await ApiServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task File_comes_back_as_it_was_put()
    {
        var bytes = new byte[300_000];
        Random.Shared.NextBytes(bytes);

        var (status, stored) = await PutAsync("data/in%20put.bin", new ByteArrayContent(bytes));
        using var response = await _server.Http.GetAsync($"{Content}?path=/home/user/data/in%20put.bin", Stop);

        Assert.Equal((200, """{"path":"/home/user/data/in put.bin","size":300000}"""), (status, stored.GetRawText()));
        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync(Stop));
    }

    [Theory]
    [InlineData("page.html", "page.html")]
    [InlineData("%C3%A4.svg", "UTF-8''%C3%A4.svg")]
    [InlineData("a%22;%0D%0Ax-y:z.txt", "attachment")]
    public async Task Download_is_never_taken_for_a_page(string path, string disposition)
    {
        await PutAsync(path, new StringContent("<script>"));

        using var response = await _server.Http.GetAsync($"{Content}?path={path}", Stop);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        var header = response.Content.Headers.NonValidated["Content-Disposition"].ToString();
        Assert.StartsWith("attachment; filename", header, StringComparison.Ordinal);
        Assert.Contains(disposition, header, StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("x-y"));
    }

    [Fact]
    public async Task Folder_is_listed_with_folders_first()
    {
        await PutAsync("b.txt", new StringContent("12"));
        await PutAsync("a.txt", new StringContent("1"));
        await PutAsync("link", new StringContent("1"));
        await PutAsync("zoo/lion", new StringContent("roar"));

        var list = await _server.GetAsync(Files);
        var zoo = await _server.GetAsync($"{Files}?path=zoo");

        Assert.Equal("/home/user", list.Json.GetProperty("path").GetString());
        Assert.Equal(
            ["zoo folder 0", "a.txt file 1", "b.txt file 2", "link link 1"],
            list.Json.GetProperty("data").EnumerateArray().Select(file =>
                $"{file.GetProperty("name").GetString()} {file.GetProperty("type").GetString()} {file.GetProperty("size").GetInt64()}"));
        Assert.Equal(
            """{"name":"lion","path":"/home/user/zoo/lion","type":"file","size":4,"modified_at":"2026-11-22T10:00:00+00:00","link_target":null}""",
            zoo.Json.GetProperty("data")[0].GetRawText());
    }

    [Theory]
    [InlineData("GET", Files + "?path=../x", 400, "invalid_input")]
    [InlineData("GET", Files + "?path=/etc", 400, "invalid_input")]
    [InlineData("GET", Files + "?path=a%00b", 400, "invalid_input")]
    [InlineData("GET", Files + "?path=nothere", 404, "file_not_found")]
    [InlineData("GET", Content + "?path=nothere", 404, "file_not_found")]
    [InlineData("GET", Content + "?path=%2e%2e/x", 400, "invalid_input")]
    [InlineData("GET", Content, 400, "invalid_input")]
    [InlineData("PUT", Content, 400, "invalid_input")]
    [InlineData("PUT", Content + "?path=a/", 400, "invalid_input")]
    [InlineData("PUT", Content + "?path=/home/userx/a", 400, "invalid_input")]
    [InlineData("PUT", Content + "?path=a&path=b", 400, "invalid_input")]
    [InlineData("GET", "/v1/sessions/nonsense/files", 404, "session_not_found")]
    [InlineData("GET", Files + "/other", 404, "route_not_found")]
    [InlineData("DELETE", Content + "?path=a", 405, "method_not_allowed")]
    public async Task Refusals_are_problem_details(string method, string path, int status, string code)
    {
        var problem = await _server.SendAsync(new HttpMethod(method), path);

        Assert.Equal((status, "application/problem+json"), (problem.Status, problem.ContentType));
        Assert.Equal(code, problem.Json.GetProperty("code").GetString());
        Assert.Empty(_server.Files.Files);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Failures_of_the_session_are_problem_details(Exception failure, int status, string code, string category)
    {
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Get, Files), (HttpMethod.Get, Content + "?path=a"), (HttpMethod.Put, Content + "?path=a")])
        {
            _server.Files.Failure = failure;

            var problem = await _server.SendAsync(method, path);

            Assert.Equal((status, "application/problem+json"), (problem.Status, problem.ContentType));
            Assert.Equal(
                (code, category),
                (problem.Json.GetProperty("code").GetString(), problem.Json.GetProperty("category").GetString()));
        }
    }

    public static TheoryData<Exception, int, string, string> Failures => new()
    {
        { new SessionNotFoundException("sesn_1"), 404, "session_not_found", "api_error" },
        { new SessionEndedException("sesn_1"), 409, "session_ended", "api_error" },
        { new SandboxUnavailableException("gone"), 503, "sandbox_unavailable", "sandbox_error" },
        { new InvalidInputException("path", "is a folder."), 400, "invalid_input", "api_error" },
    };

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task File_over_the_limit_is_refused_however_it_is_sent(bool isAnnounced, bool wrapped)
    {
        _server.Files.WrapsFailures = wrapped;
        HttpContent body = isAnnounced
            ? new ByteArrayContent(new byte[ApiServer.MaxFileBytes + 1])
            : new ChunkedContent(ApiServer.MaxFileBytes + 1);

        var (status, problem) = await PutAsync("big", body);

        Assert.Equal((413, "request_too_large"), (status, problem.GetProperty("code").GetString()));
        Assert.Contains("1 MiB", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(_server.Files.Files);
        Assert.Equal(!isAnnounced, _server.Files.WasAsked);
    }

    [Fact]
    public async Task File_of_just_the_limit_is_taken()
    {
        var (status, stored) = await PutAsync("big", new ChunkedContent(ApiServer.MaxFileBytes));

        Assert.Equal((200, ApiServer.MaxFileBytes), (status, stored.GetProperty("size").GetInt64()));
    }

    [Fact]
    public async Task Page_of_another_site_cannot_put_files()
    {
        var refused = await _server.SendAsync(HttpMethod.Put, Content + "?path=a", "x", ("Origin", "http://evil.example"));

        Assert.Equal((403, "application/problem+json"), (refused.Status, refused.ContentType));
        Assert.False(_server.Files.WasAsked);
    }

    private async Task<(int Status, JsonElement Json)> PutAsync(string path, HttpContent body)
    {
        using var response = await _server.Http.PutAsync($"{Content}?path={path}", body, Stop);
        return ((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync(Stop)));
    }

    /// <summary>A body that does not say how long it is.</summary>
    private sealed class ChunkedContent(long length) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var piece = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
            for (var left = length; left > 0; left -= piece.Length)
            {
                await stream.WriteAsync(piece.AsMemory(0, (int)Math.Min(left, piece.Length)));
            }
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = 0;
            return false;
        }
    }
}
