using System.Text.Json;
using System.Text.Json.Serialization;

namespace Colloquy.Sessions;

/// <summary>The typed form of <see cref="SessionEvent.Data"/>; unknown members survive a round trip.</summary>
/// <param name="Type">One of <see cref="EventTypes"/>.</param>
public abstract record EventBody([property: JsonIgnore] string Type)
{
    /// <summary>Members that a newer or another server wrote.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Other { get; set; }
}

/// <summary>A block of message content. Only text is accepted so far.</summary>
public sealed record ContentBlock(string Text, string Type = "text");
