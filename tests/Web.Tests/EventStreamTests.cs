using Colloquy.Sessions;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.Web.Tests;

public sealed class EventStreamTests
{
    /// <summary>The host gives requests 30 seconds to end; streams must not use them up.</summary>
    private static readonly TimeSpan WellBelowShutdownTimeout = TimeSpan.FromSeconds(15);

    private static readonly AgentMessage Message = new([new ContentBlock("hi\nthere")]);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stream_without_a_position_is_live_from_now()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        grain.Append(Message);

        using var viewer = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream", Stop);
        grain.Append(Message);
        var frame = await viewer.ReadAsync(Stop);

        Assert.Equal("text/event-stream", viewer.Response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(("2", "agent.message"), (frame?.Id, frame?.Type));
        Assert.Equal("hi\nthere", frame!.Data.GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("?after=1", null, "2 3")]
    [InlineData("?after=0", null, "1 2 3")]
    [InlineData("", "2", "3")]
    [InlineData("?after=1", "2", "3")]
    [InlineData("?after=3", null, "")]
    public async Task Stream_resumes_behind_a_position_and_ends_with_the_session(string query, string? lastId, string expected)
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        grain.Append(Message);
        grain.Append(Message);
        await server.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");

        using var viewer = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream{query}", Stop, lastId);
        var frames = await viewer.ReadToEndAsync(Stop);

        Assert.Equal(expected, string.Join(' ', frames.Select(frame => frame.Id)));
    }

    [Fact]
    public async Task Stream_of_an_ended_session_ends_at_once()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, _) = await server.CreateSessionAsync();
        await server.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");

        using var viewer = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream", Stop);

        Assert.Null(await viewer.ReadAsync(Stop));
    }

    [Fact]
    public async Task Silence_is_broken_by_a_heartbeat_every_ten_seconds()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        using var viewer = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream", Stop);
        await grain.FollowedAsync(Stop);

        server.Time.Advance(TimeSpan.FromSeconds(10));
        await viewer.ReadUntilAsync(": heartbeat", Stop);
        grain.Append(Message);
        var frame = await viewer.ReadAsync(Stop);

        Assert.Equal("1", frame?.Id);
    }

    [Fact]
    public async Task Viewer_of_a_moving_grain_sees_no_gap_and_no_double()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        for (var i = 0; i < 20; i++)
        {
            grain.Append(Message);
        }

        grain.Breaks.Enqueue((7, new EnumerationAbortedException("moved")));
        grain.Breaks.Enqueue((0, new TimeoutException()));
        grain.Repeats = 3;
        await server.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");
        using var viewer = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream?after=0", Stop);

        var reading = viewer.ReadToEndAsync(Stop);
        await PassTimeUntilAsync(reading, server.Time);

        Assert.Equal(Enumerable.Range(1, 21).Select(i => $"{i}"), (await reading).Select(frame => frame.Id));
    }

    [Theory]
    [InlineData("event_deltas[]=agent.message")]
    [InlineData("event_deltas%5B%5D=agent.message")]
    [InlineData("event_deltas=agent.message")]
    [InlineData("event_deltas=agent.thinking,agent.message")]
    public async Task Previews_come_on_demand_without_an_id_and_in_the_official_shape(string query)
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        var message = grain.Append(Message);
        await grain.EndAsync();

        using var viewer = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream?after=0&{query}", Stop);
        var frames = await viewer.ReadToEndAsync(Stop);

        Assert.Equal(
            [(null, "event_start"), (null, "event_delta"), (null, "event_delta"), ("1", "agent.message"), ("2", "session.status_terminated")],
            frames.Select(frame => (frame.Id, frame.Type!)));
        Assert.Equal(
            $$$"""{"type":"event_start","event":{"type":"agent.message","id":"{{{message.Id}}}"}}""", frames[0].Data.GetRawText());
        Assert.Equal(
            $$$"""{"type":"event_delta","event_id":"{{{message.Id}}}","delta":{"content":{"text":"hi\nt","type":"text"},"index":0,"type":"content_delta"}}""",
            frames[1].Data.GetRawText());
    }

    [Theory]
    [InlineData("")]
    [InlineData("&event_deltas=")]
    [InlineData("&event_deltas[]=agent.thinking")]
    public async Task Without_being_asked_for_there_are_no_previews(string query)
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        grain.Append(Message);
        await grain.EndAsync();

        using var viewer = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream?after=0{query}", Stop);

        Assert.Equal(["1", "2"], (await viewer.ReadToEndAsync(Stop)).Select(frame => frame.Id));
    }

    [Fact]
    public async Task Previews_of_other_events_are_refused()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, _) = await server.CreateSessionAsync();

        var answer = await server.GetAsync($"/v1/sessions/{id}/events/stream?event_deltas[]=agent.tool_use");

        Assert.Equal((400, "event_deltas"), (answer.Status, answer.Field));
        Assert.Contains("'agent.message'", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slow_viewer_holds_no_events_in_memory_and_misses_none()
    {
        const int Count = 600;
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        var large = new AgentMessage([new ContentBlock(new string('x', 100_000))]);
        for (var i = 0; i < Count; i++)
        {
            grain.Append(large);
        }

        await server.SendAsync(HttpMethod.Delete, $"/v1/sessions/{id}");
        using var slow = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream?after=0", Stop);
        using var quick = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream?after=0", Stop);
        var quickFrames = await quick.ReadToEndAsync(Stop);
        var heldBack = (2 * (Count + 1)) - grain.Delivered;
        var slowFrames = await slow.ReadToEndAsync(Stop);

        Assert.Equal(Count + 1, quickFrames.Count);
        Assert.True(heldBack > Count / 4, $"only {heldBack} events were still in the journal"); // sockets hold some MB
        Assert.Equal(Enumerable.Range(1, Count + 1).Select(i => $"{i}"), slowFrames.Select(frame => frame.Id));
    }

    [Fact]
    public async Task Shutdown_ends_streams_at_once()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        using var waiting = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream", Stop);
        await grain.FollowedAsync(Stop);

        await server.StopAsync(Stop).WaitAsync(WellBelowShutdownTimeout, Stop);

        // The stream is ended, but a stopping server may close the connection before that is read.
        var end = await Record.ExceptionAsync(async () => Assert.Null(await waiting.ReadAsync(Stop)));
        Assert.True(end is null or IOException, $"{end}");
    }

    [Fact]
    public async Task Shutdown_does_not_wait_for_viewers_that_do_not_read()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        var large = new AgentMessage([new ContentBlock(new string('x', 1_000_000))]);
        for (var i = 0; i < 40; i++)
        {
            grain.Append(large);
        }

        using var stalled = await SseViewer.OpenAsync(server.Http, $"/v1/sessions/{id}/events/stream?after=0", Stop);

        await server.StopAsync(Stop).WaitAsync(WellBelowShutdownTimeout, Stop);
    }

    /// <summary>Reconnecting pauses a little by the server's clock.</summary>
    private static async Task PassTimeUntilAsync(Task done, FakeTimeProvider time)
    {
        while (!done.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }
    }
}
