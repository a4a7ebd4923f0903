using System.Globalization;
using System.Net;
using Colloquy.Grains.Sandboxes;
using Colloquy.Silo.Sandboxes.E2B;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

/// <summary>How long is waited, and for what.</summary>
public sealed class E2BRetryTests : E2BTest
{
    private const string Create = "POST /v2/sandboxes";

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("Wed, 21 Oct 2099 07:28:00 GMT", null)]
    [InlineData("soon", null)]
    [InlineData("31", null)]
    public async Task Only_a_time_that_is_named_and_short_is_waited_for(string retryAfter, int? seconds)
    {
        Server.Next(Create, 429, """{"code":429,"message":"Rate limit exceeded"}""", retryAfter);
        var start = Time.GetUtcNow();

        if (seconds is not { } wait)
        {
            await FailureAsync(SandboxFailure.LimitReached, () => CreateAsync());
            Assert.Single(Server.To(Create));
            return;
        }

        await HurryAsync(CreateAsync());
        Assert.True(Time.GetUtcNow() - start >= TimeSpan.FromSeconds(wait));
    }

    [Theory]
    [InlineData(9, 9)]
    [InlineData(-9, 0)]
    public async Task Retry_after_a_date_is_counted_by_the_clock_of_the_server(int offset, int expected)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.Date = Time.GetUtcNow().AddDays(3);
        response.Headers.TryAddWithoutValidation(
            "Retry-After", Time.GetUtcNow().AddDays(3).AddSeconds(offset).ToString("R", CultureInfo.InvariantCulture));

        var failure = await E2BHttpException.FromAsync(response, Time);

        Assert.Equal(TimeSpan.FromSeconds(expected), failure.RetryAfter);

        response.Headers.Date = null;
        Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(TimeSpan.FromSeconds(expected), (await E2BHttpException.FromAsync(response, Time)).RetryAfter);
    }

    [Fact]
    public async Task An_answer_whose_body_never_comes_is_no_answer()
    {
        using var provider = NewProvider(Server.Url, options => options.RequestTimeout = TimeSpan.FromMilliseconds(50));
        Server.Next("GET /sandboxes/i0", async context =>
        {
            context.Response.ContentLength = 10;
            await context.Response.Body.FlushAsync();
            await SilenceAsync(context);
            return true;
        });

        // The second attempt is answered.
        Assert.Null(await HurryAsync(provider.GetAsync("i0", Token)));
        Assert.Equal(2, Server.To("GET /sandboxes/i0").Count());
    }

    [Fact]
    public async Task An_error_whose_text_has_no_end_is_still_that_error()
    {
        Server.Next(Create, async context =>
        {
            context.Response.StatusCode = 403;
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(new string('x', 10_000));
            }

            return true;
        });

        var exception = await FailureAsync(SandboxFailure.Refused, () => CreateAsync());

        Assert.Contains("HTTP 403", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_is_logged_or_shown_holds_a_secret()
    {
        Server.Add(new() { ["colloquy_lease"] = Spec.Lease });
        Server.Add(new() { ["colloquy_lease"] = Spec.Lease });
        var sandbox = await CreateAsync();
        Server.LongestRun = TimeSpan.FromMinutes(1);
        await sandbox.SetTimeoutAsync(TimeSpan.FromMinutes(9), Token);

        Assert.NotEmpty(Log.All);
        Assert.All(Log.All, line =>
        {
            Assert.DoesNotContain(ApiKey, line, StringComparison.Ordinal);
            Assert.DoesNotContain("token-of-", line, StringComparison.Ordinal);
        });
        Assert.Equal("i0", new E2BSandboxAccess("i0", "0.6.13", "token-of-i0", Domain: null).ToString());
    }

    private static Task SilenceAsync(HttpContext context) =>
        Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
}
