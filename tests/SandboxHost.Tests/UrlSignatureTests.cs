using System.Net;
using System.Text;
using Colloquy.SandboxHost.DataPlane;
using Colloquy.SandboxHost.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests;

public sealed class UrlSignatureTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a b.txt", "write", "user", 1795386372L, "v1_CistmsXyra9oJ0QkJnaGl/FQ4g57dMXheTkP4XmX1Pc")]
    [InlineData("/home/user/a.txt", "read", "", null, "v1_byj2OB/vujgbES/1KAKCaR27E+9eOrB6PzeTnIL8L6M")]
    [InlineData("/home/user/a.txt", "read", "user", 1767225600L, "v1_no3SfZqn9c4UxBdBg7fvrw5NtDMrBfffIsq8czHsKtU")]
    public void Signature_is_the_one_that_E2B_computes(string path, string operation, string user, long? expires, string expected) =>
        Assert.Equal(expected, UrlSignature.Of(path, operation, user, "tok123", expires));

    [Fact]
    public async Task Signature_stands_for_the_token_for_one_path_one_operation_and_its_time()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        await using var host = await TestHost.StartAsync(time: time);
        var sandbox = await host.CreateAsync();
        using (await sandbox.UploadAsync("a b.txt", "content")) { }
        var token = sandbox.Request(HttpMethod.Get, "/").Headers.GetValues("X-Access-Token").Single();

        async Task<HttpStatusCode> SendAsync(HttpMethod method, string path, string signature, long? expires, string more = "", string? header = null)
        {
            var until = expires is null ? "" : $"&signature_expiration={expires}";
            using var request = new HttpRequestMessage(
                method, $"/files?path={Uri.EscapeDataString(path)}&signature={Uri.EscapeDataString(signature)}{until}{more}");
            request.Headers.Add("E2b-Sandbox-Id", sandbox.Id);
            request.Headers.Add("E2b-Sandbox-Port", "49983");
            if (header is not null) request.Headers.Add("X-Access-Token", header);
            if (method == HttpMethod.Post)
            {
                request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes("new"));
                request.Content.Headers.ContentType = new("application/octet-stream");
            }

            using var response = await host.Http.SendAsync(request, Cancel);
            return response.StatusCode;
        }

        string Sign(string operation, long? expires = null, string user = "") =>
            UrlSignature.Of("a b.txt", operation, user, token, expires);

        const long Soon = 1_800_000_060;
        Assert.Equal(HttpStatusCode.OK, await SendAsync(HttpMethod.Get, "a b.txt", Sign("read"), null));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(HttpMethod.Get, "a b.txt", Sign("read", Soon), Soon));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(HttpMethod.Get, "a b.txt", Sign("read", null, "user"), null, "&username=user"));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(HttpMethod.Post, "a b.txt", Sign("write", Soon), Soon));
        Assert.Equal((200, "new"), await sandbox.DownloadAsync("a b.txt"));

        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Get, "a b.txt", "", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Get, "other", Sign("read"), null));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Get, "a b.txt", Sign("write"), null));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Post, "a b.txt", Sign("read"), null));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Get, "a b.txt", Sign("read"), null, "&username=user"));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Get, "a b.txt", Sign("read", Soon), Soon + 1));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Get, "a b.txt", Sign("read"), null, header: "wrong"));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(HttpMethod.Get, "a b.txt", "nonsense", null, header: token));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(HttpMethod.Get, "a b.txt", Sign("read"), null, "&signature_expiration=soon"));
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(HttpMethod.Get, "a b.txt", Sign("read", Soon), Soon));
    }
}
