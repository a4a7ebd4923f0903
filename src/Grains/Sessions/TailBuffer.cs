using System.Text;

namespace Colloquy.Grains.Sessions;

/// <summary>Keeps the last bytes of a stream, for error reports.</summary>
internal sealed class TailBuffer(int capacity = 4096)
{
    private readonly byte[] _ring = new byte[capacity];
    private long _written;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var kept = bytes.Length > _ring.Length ? bytes[^_ring.Length..] : bytes;
        var at = (int)((_written + bytes.Length - kept.Length) % _ring.Length);
        var first = Math.Min(kept.Length, _ring.Length - at);
        kept[..first].CopyTo(_ring.AsSpan(at));
        kept[first..].CopyTo(_ring);
        _written += bytes.Length;
    }

    public override string ToString()
    {
        var length = (int)Math.Min(_written, _ring.Length);
        var start = (int)((_written - length) % _ring.Length);
        var tail = new byte[length];
        var first = Math.Min(length, _ring.Length - start);
        _ring.AsSpan(start, first).CopyTo(tail);
        _ring.AsSpan(0, length - first).CopyTo(tail.AsSpan(first));
        return Encoding.UTF8.GetString(tail);
    }
}
