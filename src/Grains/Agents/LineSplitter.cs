namespace Colloquy.Grains.Agents;

/// <summary>One line of the agent output without its line feed.</summary>
/// <param name="start">Offset of its first byte.</param>
/// <param name="end">Offset after its line feed.</param>
/// <param name="tooLong">It went over the limit and its bytes were not kept.</param>
internal readonly ref struct OutputLine(ReadOnlySpan<byte> bytes, long start, long end, bool tooLong)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;
    public long Start { get; } = start;
    public long End { get; } = end;
    public bool TooLong { get; } = tooLong;
}

/// <summary>
/// Cuts a byte stream into lines. A line that lies within one chunk is not copied; one that does not is kept up to a
/// limit, beyond which its bytes are dropped as they come, so that no line can exhaust the memory.
/// </summary>
internal sealed class LineSplitter(int limit)
{
    private const int SmallBuffer = 64 * 1024;
    private const byte LineFeed = (byte)'\n';

    private byte[] _buffer = [];
    private int _kept;
    private bool _tooLong;
    private long _lineStart;
    private long _read;

    /// <summary>The offset after the last whole line.</summary>
    public long Offset => _lineStart;

    /// <summary>What it holds on to between chunks, in bytes.</summary>
    public int RetainedBytes => _buffer.Length;

    /// <summary>Takes the next line off <paramref name="chunk"/>; false if the rest is only the beginning of one.</summary>
    public bool TryRead(ref ReadOnlySpan<byte> chunk, out OutputLine line)
    {
        var feed = chunk.IndexOf(LineFeed);
        if (feed < 0)
        {
            Keep(chunk);
            chunk = [];
            line = default;
            return false;
        }

        line = Finish(chunk[..feed], feedLength: 1);
        chunk = chunk[(feed + 1)..];
        return true;
    }

    /// <summary>What came after the last line feed; false if nothing did.</summary>
    public bool TryReadRest(out OutputLine line)
    {
        var hasRest = _read > _lineStart;
        line = hasRest ? Finish([], feedLength: 0) : default;
        return hasRest;
    }

    private OutputLine Finish(ReadOnlySpan<byte> tail, int feedLength)
    {
        ReadOnlySpan<byte> bytes;
        if (_kept == 0 && !_tooLong && tail.Length <= limit)
        {
            bytes = tail;
            _read += tail.Length;
        }
        else
        {
            Keep(tail);
            bytes = _tooLong ? [] : _buffer.AsSpan(0, _kept);
        }

        _read += feedLength;
        var line = new OutputLine(bytes, _lineStart, _read, _tooLong);
        _lineStart = _read;
        _kept = 0;
        _tooLong = false;
        if (_buffer.Length > SmallBuffer)
        {
            // The returned line still refers to the array; only the splitter lets go of it.
            _buffer = [];
        }

        return line;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        _read += bytes.Length;
        if (_tooLong || bytes.Length > limit - _kept)
        {
            _tooLong = true;
            _kept = 0;
            _buffer = [];
            return;
        }

        if (_kept + bytes.Length > _buffer.Length)
        {
            var wanted = Math.Max(_kept + bytes.Length, Math.Max(1024, (int)Math.Min(_buffer.Length * 2L, limit)));
            Array.Resize(ref _buffer, wanted);
        }

        bytes.CopyTo(_buffer.AsSpan(_kept));
        _kept += bytes.Length;
    }
}
