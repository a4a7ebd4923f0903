using System.Text.Json;
using Colloquy.Costs;

namespace Colloquy.Cli.Api;

internal sealed record CreateSessionBody(string? Agent = null, string? Title = null);

internal sealed record SubmitBody(IReadOnlyList<UserEventBody> Events)
{
    public static SubmitBody Message(string text, TimeSpan? timeout) =>
        new([new UserEventBody("user.message", [new TextBlock(text)], timeout?.TotalSeconds)]);

    public static readonly SubmitBody Interrupt = new([new UserEventBody("user.interrupt")]);
}

internal sealed record UserEventBody(
    string Type, IReadOnlyList<TextBlock>? Content = null, double? TimeoutSeconds = null);

internal sealed record TextBlock(string Text, string Type = "text");

/// <summary>What the commands show of a session.</summary>
internal sealed record SessionView(
    string Id,
    string Status,
    string? Title,
    AgentView? Agent,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    double? TurnTimeoutSeconds,
    string? RunningTurnId,
    int QueuedMessages,
    int Turns,
    string? SandboxId,
    CostTotals? Cost,
    long LastSequence);

/// <param name="Runtime">Null in lists.</param>
internal sealed record AgentView(string Id, int? Version, string? Name, ModelView? Model, string? Runtime);

internal sealed record ModelView(string Id);

internal sealed record SessionList(IReadOnlyList<SessionView> Data, string? NextPage);

/// <summary>Events as they came: <see cref="ApiEvent"/> reads them.</summary>
internal sealed record EventList(IReadOnlyList<JsonElement> Data, string? NextPage);
