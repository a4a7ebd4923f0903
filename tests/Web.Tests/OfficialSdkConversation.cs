using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Helpers;
using Anthropic.Models.Beta.Sessions;
using Anthropic.Models.Beta.Sessions.Events;

namespace Colloquy.Web.Tests;

/// <summary>One conversation as a program with the official SDK holds it, with every object validated.</summary>
internal static class OfficialSdkConversation
{
    public static async Task RunAsync(string url, CancellationToken stop)
    {
        using AnthropicClient client = new() { ApiKey = "sk-none", BaseUrl = url };
        var session = await client.Beta.Sessions.Create(
            new SessionCreateParams { Agent = "agent_offline", EnvironmentID = "env_default", Title = "t" }, stop);
        session.Validate();
        Assert.Equal("t", session.Title);

        var live = await HoldTurnAsync(client, session.ID, stop);
        await CheckHistoryAsync(client, session.ID, live, stop);
        (await client.Beta.Sessions.Retrieve(session.ID, cancellationToken: stop)).Validate();
        await foreach (var listed in (await client.Beta.Sessions.List(cancellationToken: stop)).Paginate(stop))
        {
            listed.Validate();
        }

        await Assert.ThrowsAsync<AnthropicNotFoundException>(
            () => client.Beta.Sessions.Retrieve("sesn_nothere", cancellationToken: stop));
    }

    /// <summary>Follows a turn with previews.</summary>
    /// <returns>How many messages were seen while they were written.</returns>
    public static async Task<int> PreviewAsync(string url, string session, CancellationToken stop)
    {
        using AnthropicClient client = new() { ApiKey = "sk-none", BaseUrl = url };
        var asked = new EventStreamParams { EventDeltas = [BetaManagedAgentsDeltaType.AgentMessage] };
        using var stream = await client.Beta.Sessions.Events.WithRawResponse.StreamStreaming(session, asked, stop);
        await client.Beta.Sessions.Events.Send(session, Message("Say 'once upon a time there was a server' slowly."), stop);
        var aggregator = new BetaManagedAgentsEventAggregator();
        var previews = new Dictionary<string, string>();
        var replaced = 0;
        await foreach (var current in stream.Enumerate(stop))
        {
            current.Validate();
            if (current.TryPickAgentMessageEvent(out var message) && previews.TryGetValue(message.ID, out var written))
            {
                replaced++;
                // The aggregator has seen only its previews so far.
                Assert.Equal(written, aggregator.GetAgentMessageText(message.ID));
                Assert.Equal(written, current.Json.GetProperty("content")[0].GetProperty("text").GetString());
            }

            aggregator.Aggregate(current);
            if (current.TryPickStartEvent(out var start) && start.Event.TryPickAgentMessage(out var begun))
            {
                previews[begun.ID] = "";
            }
            else if (current.TryPickDeltaEvent(out var delta))
            {
                previews[delta.EventID] += delta.Delta.Content.Text;
            }
            else if (current.TryPickSessionStatusIdleEvent(out _))
            {
                break;
            }
        }

        Assert.Equal(previews.Count, replaced);
        return replaced;
    }

    private static async Task<List<string>> HoldTurnAsync(AnthropicClient client, string session, CancellationToken stop)
    {
        var ids = new List<string>();
        var answered = false;
        using var stream = await client.Beta.Sessions.Events.WithRawResponse
            .StreamStreaming(session, cancellationToken: stop); // open before the message is sent: it is live from now
        var sent = await client.Beta.Sessions.Events.Send(session, Message("What is 17*23?"), stop);
        sent.Validate();
        await foreach (var current in stream.Enumerate(stop))
        {
            current.Validate();
            ids.Add(current.ID!);
            answered |= current.TryPickAgentMessageEvent(out var message) && message.Content.Count > 0;
            if (current.TryPickSessionStatusIdleEvent(out _))
            {
                break;
            }
        }

        Assert.True(answered);
        return ids;
    }

    private static async Task CheckHistoryAsync(
        AnthropicClient client, string session, List<string> live, CancellationToken stop)
    {
        var history = new List<string>();
        var first = await client.Beta.Sessions.Events.List(session, new EventListParams { Limit = 2 }, stop);
        await foreach (var stored in first.Paginate(stop))
        {
            stored.Validate();
            history.Add(stored.ID);
        }

        Assert.Equal(history.Distinct(), history);
        Assert.Equal(history[^live.Count..], live);
    }

    private static EventSendParams Message(string text) => new()
    {
        Events = [new BetaManagedAgentsUserMessageEventParams { Content = [new BetaManagedAgentsTextBlock { Text = text }] }],
    };
}
