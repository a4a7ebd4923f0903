using System.Text.Json;

namespace Colloquy.Web.Sessions;

// These describe request bodies and events to readers of the OpenAPI document. Requests are read by hand, because
// errors name the field; events are passed on as they were stored.

/// <summary>Everything is optional; <c>{}</c> and an empty body create a session of the default agent.</summary>
/// <param name="Agent">An agent's id, or <c>{"type":"agent","id":"...","version":1}</c>. Default <c>agent_default</c>.</param>
/// <param name="EnvironmentId">Which sandbox it gets. Default <c>env_default</c>.</param>
/// <param name="Metadata">Up to 16 pairs; keys up to 64 characters, values up to 512.</param>
/// <param name="TurnTimeoutSeconds">How long each turn may take: 1 to 86400; default: what the agent says, else 600.</param>
internal sealed record CreateSessionBody(
    JsonElement? Agent = null,
    string? EnvironmentId = null,
    string? Title = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    double? TurnTimeoutSeconds = null);

/// <param name="Events">1 to 100 events.</param>
internal sealed record SendEventsBody(IReadOnlyList<SendEventBody> Events);

/// <param name="Type"><c>user.message</c> or <c>user.interrupt</c>.</param>
/// <param name="Content">Of a message: text blocks, or one string.</param>
/// <param name="TimeoutSeconds">Of a message: overrides the session's turn timeout for the turn that answers it.</param>
internal sealed record SendEventBody(
    string Type, IReadOnlyList<TextBlockBody>? Content = null, double? TimeoutSeconds = null);

/// <param name="Type"><c>text</c></param>
internal sealed record TextBlockBody(string Type, string Text);

/// <summary>A stored event. Its further members depend on its type; unknown ones may come with newer servers.</summary>
/// <param name="ProcessedAt">Null while a user message waits for its turn.</param>
/// <param name="Sequence">1, 2, 3 ... within the session.</param>
/// <param name="TurnId">The turn it belongs to.</param>
internal sealed record EventBodyDescription(
    string Type, string Id, DateTime? ProcessedAt, long Sequence, DateTime CreatedAt, string? TurnId = null);

/// <param name="NextPage">The <c>page</c> of the following page; null at the end.</param>
internal sealed record EventListBody(IReadOnlyList<EventBodyDescription> Data, string? NextPage);

internal sealed record EventBatchBody(IReadOnlyList<EventBodyDescription> Data);
