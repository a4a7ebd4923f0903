using System.Text;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>An <c>agent.message</c> that is being written: its text so far. It grows as the output is read.</summary>
/// <param name="id">The id that the event will have.</param>
internal sealed class MessagePreview(EventId id, TurnId turn)
{
    /// <summary>In characters. Of a longer message only the beginning is shown until it is complete.</summary>
    public const int MaxLength = 32 * 1024;

    private readonly StringBuilder _text = new();
    private bool _isFull;

    public EventId Id => id;

    public TurnId Turn => turn;

    public int Length => _text.Length;

    public void Add(string piece)
    {
        // Pieces are kept whole: a cut might fall into the middle of a character.
        _isFull |= piece.Length > MaxLength - _text.Length;
        if (!_isFull)
        {
            _text.Append(piece);
        }
    }

    public string From(int position) => _text.ToString(position, _text.Length - position);
}
