using System.Buffers;
using System.Text;

namespace Colloquy.Web.ModelGateway;

/// <summary>
/// Finds the frames of a server-sent event stream, in pieces cut anywhere. It keeps only what somebody wants to read: the
/// data of other frames, which is nearly all of a stream, is not copied.
/// </summary>
/// <param name="wanted">The events whose data is kept.</param>
internal sealed class SseFrames(IReadOnlyCollection<string> wanted)
{
    /// <summary>The frames with usage have a few hundred bytes. The data of one that is larger than this is not kept.</summary>
    private const int MostData = 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly ArrayBufferWriter<byte> _data = new();
    private bool _isLineStarted;
    private bool _isFrameStarted;
    private bool _afterReturn;
    private bool _hasData;
    private bool _isTooLarge;
    private string? _name;

    /// <summary>The name of the frame that has just ended; null if it has none.</summary>
    public string? Name { get; private set; }

    /// <summary>Its data until the next read; empty for an event that is not wanted.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    private bool IsWanted => !_isTooLarge && (_name is null || wanted.Contains(_name));

    /// <summary>Reads to the end of a frame, or of the bytes.</summary>
    /// <param name="isEnd">A frame ended: <see cref="Name"/> and <see cref="Data"/> are its.</param>
    /// <returns>How many bytes were read.</returns>
    public int Read(ReadOnlySpan<byte> bytes, out bool isEnd)
    {
        isEnd = false;
        if (!_isFrameStarted)
        {
            _data.ResetWrittenCount();
        }

        var position = 0;
        while (position < bytes.Length)
        {
            if (_afterReturn && bytes[position] == '\n')
            {
                _afterReturn = false;
                position++;
                continue;
            }

            _afterReturn = false;
            var rest = bytes[position..];
            var length = rest.IndexOfAny((byte)'\r', (byte)'\n');
            if (length < 0)
            {
                Keep(rest);
                return bytes.Length;
            }

            _afterReturn = rest[length] == '\r';
            position += length + 1;
            if (EndLine(rest[..length]))
            {
                isEnd = true;
                return position;
            }
        }

        return position;
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        _isLineStarted = _isFrameStarted = true;
        if (!IsWanted)
        {
            return;
        }

        if (_line.WrittenCount + part.Length > MostData)
        {
            _isTooLarge = true;
            return;
        }

        _line.Write(part);
    }

    /// <returns>Whether the line was the empty one that ends a frame.</returns>
    private bool EndLine(ReadOnlySpan<byte> last)
    {
        if (!_isLineStarted && last.IsEmpty)
        {
            return EndFrame();
        }

        if (_line.WrittenCount > 0)
        {
            Keep(last);
            last = _line.WrittenSpan;
        }

        _isFrameStarted = true;
        if (IsWanted)
        {
            ReadField(last);
        }

        _isLineStarted = false;
        _line.ResetWrittenCount();
        return false;
    }

    private void ReadField(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        var field = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? [] : line[(colon + 1)..];
        value = value.StartsWith(" "u8) ? value[1..] : value;
        if (field.SequenceEqual("event"u8))
        {
            _name = Encoding.UTF8.GetString(value);
        }
        else if (field.SequenceEqual("data"u8))
        {
            Append(value);
        }
    }

    private void Append(ReadOnlySpan<byte> value)
    {
        if (_data.WrittenCount + value.Length > MostData)
        {
            _isTooLarge = true;
            return;
        }

        if (_hasData)
        {
            _data.Write("\n"u8);
        }

        _hasData = true;
        _data.Write(value);
    }

    private bool EndFrame()
    {
        if (!_isFrameStarted)
        {
            return false;
        }

        (Name, Data) = (_name, IsWanted ? _data.WrittenMemory : ReadOnlyMemory<byte>.Empty);
        (_name, _hasData, _isTooLarge, _isFrameStarted) = (null, false, false, false);
        return true;
    }
}
