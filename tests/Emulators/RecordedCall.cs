using System.Text.Json.Nodes;

namespace Colloquy.Emulators;

/// <summary>A request that the emulator has had, and what became of it.</summary>
public sealed class RecordedCall
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public required string Method { get; init; }

    public required string PathAndQuery { get; init; }

    /// <summary>By lower-case name.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required string RequestId { get; init; }

    /// <summary>Null if the request had no JSON object.</summary>
    public JsonObject? Body => Request?.Body;

    /// <inheritdoc cref="Body"/>
    public MessagesRequest? Request { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>0 if not even headers were sent.</summary>
    public int Status { get; internal set; }

    public string? MessageId { get; internal set; }

    /// <summary>The model that answered; null if none did.</summary>
    public string? Model { get; internal set; }

    /// <summary>What it is billed for: of a stream that was broken, what was said until then.</summary>
    public Usage Usage { get; internal set; } = Usage.None;

    /// <summary>The client went away before the end.</summary>
    public bool Aborted { get; internal set; }

    /// <summary>The whole answer was sent.</summary>
    public bool Complete { get; internal set; }

    /// <summary>Completes when nothing more is sent.</summary>
    public Task Ended => _ended.Task;

    public bool IsMessage => Method == "POST" && PathAndQuery.Split('?')[0] == "/v1/messages";

    internal void End(DateTimeOffset at)
    {
        EndedAt = at;
        _ended.TrySetResult();
    }
}
