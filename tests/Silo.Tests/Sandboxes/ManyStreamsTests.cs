using System.Net;
using Colloquy.Silo.Sandboxes.E2B;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class ManyStreamsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task More_streams_than_a_connection_carries_are_open_at_once()
    {
        await using var server = await StartAsync(streamsPerConnection: 2);
        using var connections = E2BClient.NewConnections();
        using var client = new HttpClient(connections);

        var responses = await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => OpenAsync(client, server.Urls.First())));

        Assert.All(responses, response => Assert.Equal(HttpVersion.Version20, response.Version));
        foreach (var response in responses)
        {
            response.Dispose();
        }
    }

    /// <summary>Its answers begin and do not end.</summary>
    private static async Task<WebApplication> StartAsync(int streamsPerConnection)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.MaxStreamsPerConnection = streamsPerConnection;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        app.Run(async context =>
        {
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        await app.StartAsync(Token);
        return app;
    }

    private static async Task<HttpResponseMessage> OpenAsync(HttpClient client, string url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }
}
