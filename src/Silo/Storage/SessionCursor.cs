using System.Globalization;
using Colloquy.Sessions;

namespace Colloquy.Silo.Storage;

/// <summary>Where a page of sessions ended: rows are listed by creation time, then id, both descending.</summary>
internal readonly record struct SessionCursor(long CreatedAt, SessionId Id)
{
    /// <summary>Before every row.</summary>
    public static readonly SessionCursor Start = new(long.MaxValue, new SessionId(""));

    /// <exception cref="InvalidInputException">The text is not a cursor that <see cref="ToString"/> made.</exception>
    public static SessionCursor Parse(string? text)
    {
        if (text is null)
        {
            return Start;
        }

        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && long.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var createdAt)
            && SessionId.TryParse(text[(dot + 1)..], out var id)
            ? new SessionCursor(createdAt, id)
            : throw new InvalidInputException(
                "cursor", "is not one that this server gave out. Start without a cursor and use 'next' of each page.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{CreatedAt}.{Id}");
}
