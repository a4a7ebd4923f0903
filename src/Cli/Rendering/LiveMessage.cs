using System.Text;

namespace Colloquy.Cli.Rendering;

/// <summary>
/// Shows a message while it is being written. A preview that begins anew, as after a broken connection, goes on where
/// the screen is: what stands there already is compared and not repeated.
/// </summary>
internal sealed class LiveMessage(Screen screen)
{
    private readonly StringBuilder _shown = new();
    private string? _id;
    private int _received;
    private bool _lineIsOpen;

    public void Begin(string id)
    {
        if (id != _id)
        {
            EndLine();
            _shown.Clear();
        }

        (_id, _received) = (id, 0);
    }

    public void Add(string id, string piece)
    {
        if (id != _id)
        {
            return;
        }

        var repeated = Math.Min(piece.Length, _shown.Length - _received);
        if (!_shown.ToString(_received, repeated).AsSpan().SequenceEqual(piece.AsSpan(0, repeated)))
        {
            // The agent writes something else than before: what stands on the screen is no beginning of it.
            var received = _shown.ToString(0, _received);
            EndLine();
            _shown.Clear();
            Show(received + piece);
        }
        else
        {
            Show(piece[repeated..]);
        }

        _received += piece.Length;
    }

    /// <summary>The message is complete: shows what is missing of it.</summary>
    /// <returns>False if it does not go on from what was shown, or nothing was.</returns>
    public bool TryComplete(string id, string text)
    {
        var continues = id == _id && _shown.Length > 0 && text.StartsWith(_shown.ToString(), StringComparison.Ordinal);
        if (continues)
        {
            Show(text[_shown.Length..]);
        }

        EndLine();
        _id = id == _id ? null : _id;
        return continues;
    }

    public void EndLine()
    {
        if (_lineIsOpen)
        {
            screen.Line();
            _lineIsOpen = false;
        }
    }

    private void Show(string text)
    {
        if (text.Length > 0)
        {
            _shown.Append(text);
            screen.Piece(text);
            _lineIsOpen = true;
        }
    }
}
