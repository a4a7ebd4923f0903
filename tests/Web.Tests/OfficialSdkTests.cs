using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Beta.Sessions;
using Anthropic.Models.Beta.Sessions.Events;

namespace Colloquy.Web.Tests;

/// <summary>The official SDK is the judge of the API's shape: what it gets must pass its own validation.</summary>
public sealed class OfficialSdkTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sdk_holds_a_conversation_over_the_edge()
    {
        await using var server = await ApiServer.StartAsync();

        await OfficialSdkConversation.RunAsync(server.Url, Stop);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Sdk_puts_previews_together_to_the_message_that_follows(int breaks)
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        grain.PreviewBreaks = breaks;

        var talk = OfficialSdkConversation.PreviewAsync(server.Url, id, Stop);
        while (!talk.IsCompleted)
        {
            server.Time.Advance(TimeSpan.FromMilliseconds(100)); // reconnecting pauses a little
            await Task.Yield();
        }

        Assert.Equal(1, await talk);
    }

    [Fact]
    public async Task Sdk_reads_an_ended_session()
    {
        await using var server = await ApiServer.StartAsync();
        using AnthropicClient client = new() { ApiKey = "sk-none", BaseUrl = server.Url };
        var session = await client.Beta.Sessions.Create(
            new SessionCreateParams { Agent = "agent_offline", EnvironmentID = "env_default" }, Stop);

        var deleted = await client.Beta.Sessions.Delete(session.ID, cancellationToken: Stop);
        deleted.Validate();
        var ended = await client.Beta.Sessions.Retrieve(session.ID, cancellationToken: Stop);
        ended.Validate();
        var error = await Assert.ThrowsAnyAsync<AnthropicApiException>(() => client.Beta.Sessions.Events.Send(
            session.ID,
            new EventSendParams
            {
                Events = [new BetaManagedAgentsUserMessageEventParams { Content = [new BetaManagedAgentsTextBlock { Text = "hi" }] }],
            },
            Stop));

        Assert.Equal("terminated", ended.Status.Raw());
        Assert.Equal(System.Net.HttpStatusCode.Conflict, error.StatusCode);
        Assert.Equal(1, server.Grains.Session(session.ID).Snapshot().Head);
    }
}
