using Colloquy.Grains.Agents;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// How much one viewer has seen of the message that is being written. What came while the viewer was busy is one
/// delta, so a slow viewer costs no memory, and one who joins late gets all of it at once.
/// </summary>
internal sealed class PreviewCursor
{
    private EventId? _message;
    private int _shown;

    /// <summary>What the viewer has not seen yet.</summary>
    public IEnumerable<SessionEvent> Next(MessagePreview? preview)
    {
        if (preview is null or { Length: 0 })
        {
            yield break;
        }

        if (_message != preview.Id)
        {
            (_message, _shown) = (preview.Id, 0);
            yield return Live(preview.Id, EventStart.OfMessage(preview.Id), preview.Turn);
        }

        if (preview.Length > _shown)
        {
            var piece = preview.From(_shown);
            _shown = preview.Length;
            yield return Live(preview.Id, EventDelta.OfText(preview.Id, piece), preview.Turn);
        }
    }

    /// <summary>What is missing of a preview that <paramref name="stored"/> replaces; null if nothing is.</summary>
    public SessionEvent? RestOf(SessionEvent stored)
    {
        if (stored.Id != _message)
        {
            return null;
        }

        _message = null;
        // After a cut preview the rest is no short piece any more, and the event itself says the same.
        return EventJson.Read(stored) is AgentMessage { Text: var text } &&
            text.Length - _shown is > 0 and <= MessagePreview.MaxLength
            ? Live(stored.Id, EventDelta.OfText(stored.Id, text[_shown..]), stored.TurnId)
            : null;
    }

    private static SessionEvent Live(EventId message, EventBody body, TurnId? turn) =>
        new(Sequence: 0, message, body.Type, turn, CreatedAt: default, ProcessedAt: null, EventJson.Write(body));
}
