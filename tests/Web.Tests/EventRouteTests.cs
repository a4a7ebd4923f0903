using System.Text;
using System.Text.Json;
using Colloquy.Sessions;

namespace Colloquy.Web.Tests;

public sealed class EventRouteTests
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

    [Fact]
    public async Task Send_answers_with_the_stored_event()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();

        var sent = await server.PostAsync($"/v1/sessions/{id}/events", """
            {"events":[{"type":"user.message","content":[{"type":"text","text":"hé \"you\""}],"timeout_seconds":5,"session_thread_id":"x"}]}
            """, ("Idempotency-Key", "k"), ("traceparent", TraceParent));

        var stored = Assert.Single(sent.Json.GetProperty("data").EnumerateArray());
        Assert.Equal(
            ["type", "id", "processed_at", "content", "timeout_seconds", "sequence", "created_at"],
            stored.EnumerateObject().Select(member => member.Name));
        Assert.Equal("2026-11-22T10:00:00.000000Z", stored.GetProperty("created_at").GetString());
        Assert.Equal(JsonValueKind.Null, stored.GetProperty("processed_at").ValueKind);
        var request = Assert.Single(grain.Submitted);
        Assert.Equal(("k", TraceParent), (request.IdempotencyKey, request.TraceParent));
        var message = Assert.IsType<UserMessageRequest>(Assert.Single(request.Events));
        Assert.Equal(["hé \"you\""], message.Text);
        Assert.Equal(TimeSpan.FromSeconds(5), message.Timeout);
    }

    [Fact]
    public async Task Send_takes_plain_strings_and_ignores_a_broken_trace()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();

        await server.PostAsync(
            $"/v1/sessions/{id}/events", """{"events":[{"type":"user.message","content":"hi"}]}""", ("traceparent", "junk"));

        var request = Assert.Single(grain.Submitted);
        Assert.Null(request.TraceParent);
        Assert.Equal(["hi"], Assert.IsType<UserMessageRequest>(request.Events[0]).Text);
    }

    [Fact]
    public async Task List_pages_in_both_orders_and_filters_by_type()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, _) = await server.CreateSessionAsync();
        await server.PostAsync($"/v1/sessions/{id}/events", """{"events":[{"type":"user.message","content":"hi"}]}""");
        var events = $"/v1/sessions/{id}/events";

        var first = await server.GetAsync($"{events}?limit=4");
        var rest = await server.GetAsync($"{events}?limit=4&page={first.Json.GetProperty("next_page").GetString()}");
        var newest = await server.GetAsync($"{events}?limit=1&order=desc");
        var some = await server.GetAsync($"{events}?types%5b%5d=agent.message&types=user.message,span.model_request_end");

        Assert.Equal([1L, 2, 3, 4], Sequences(first));
        Assert.Equal([5L, 6], Sequences(rest));
        Assert.Equal(JsonValueKind.Null, rest.Json.GetProperty("next_page").ValueKind);
        Assert.Equal([6L], Sequences(newest));
        Assert.Equal([1L, 4, 5], Sequences(some));
    }

    [Fact]
    public async Task Event_data_is_passed_on_as_it_was_stored()
    {
        await using var server = await ApiServer.StartAsync();
        var (id, grain) = await server.CreateSessionAsync();
        var big = new string('x', 300_000);
        Add(grain, "new.type", " {\n\"turn_id\" : 1.0e2,\r\n\"nested\":{\"turn_id\":2} } ");
        Add(grain, "quoted\"type", "{ }");
        Add(grain, "nested", """{"a":{"turn_id":"inner"}}""");
        Add(grain, "big", $$"""{"text":"{{big}}"}""");

        var text = await server.Http.GetStringAsync(
            new Uri($"/v1/sessions/{id}/events", UriKind.Relative), TestContext.Current.CancellationToken);

        var data = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("data");
        Assert.Contains("\"turn_id\" : 1.0e2", text, StringComparison.Ordinal); // byte for byte, not parsed and written again
        Assert.Equal(1, data[0].EnumerateObject().Count(member => member.Name == "turn_id"));
        Assert.Equal(
            ["type", "id", "processed_at", "sequence", "created_at", "turn_id"],
            data[1].EnumerateObject().Select(member => member.Name));
        Assert.Equal("turn_1", data[2].GetProperty("turn_id").GetString());
        Assert.Equal(big, data[3].GetProperty("text").GetString());
    }

    private static void Add(Doubles.InMemorySession grain, string type, string data)
    {
        var sequence = grain.Snapshot().Head + 1;
        grain.Append(new SessionEvent(
            sequence, new EventId($"sevt_{sequence}"), type, new TurnId("turn_1"), default, null, Encoding.UTF8.GetBytes(data)));
    }

    private static IEnumerable<long> Sequences(ApiResponse page) =>
        page.Json.GetProperty("data").EnumerateArray().Select(stored => stored.GetProperty("sequence").GetInt64());
}
