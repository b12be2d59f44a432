using System.Security.Cryptography;
using System.Text;

namespace Oci.Rootfs.Collections;

/// <summary>
/// Reads what <see cref="NumberWriter"/> has written. It believes nothing: whatever can't be so throws <see cref="InvalidDataException"/>,
/// and no length makes it take more memory than the file has bytes.
/// </summary>
internal sealed class NumberReader
{
    private const int BufferBytes = 32 << 10;

    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _at, _end;

    /// <summary>Bytes that are still in the stream, without the hash at its end.</summary>
    private long _behind;

    private NumberReader(Stream stream, long length) => (_stream, _behind) = (stream, length);

    /// <summary>Bytes that are still to be read.</summary>
    public long Left => _behind + (_end - _at);

    /// <returns>Null where the hash at the end is not that of the bytes before it.</returns>
    /// <param name="stream">Seekable; stays the caller's.</param>
    public static NumberReader? TryOpen(Stream stream)
    {
        long length = stream.Length - SHA256.HashSizeInBytes;
        if (length < 0)
            return null;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        for (long left = length; left > 0;)
        {
            int count = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (count == 0)
                return null;
            hash.AppendData(buffer, 0, count);
            left -= count;
        }
        byte[] said = new byte[SHA256.HashSizeInBytes];
        if (stream.ReadAtLeast(said, said.Length, throwOnEndOfStream: false) != said.Length || !hash.GetHashAndReset().AsSpan().SequenceEqual(said))
            return null;
        stream.Position = 0;
        return new NumberReader(stream, length);
    }

    public ulong Number()
    {
        ulong number = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = Byte();
            if (shift > 63 || (shift == 63 && next > 1))
                throw new InvalidDataException();
            number |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return number;
        }
    }

    public long Long() => (long)Number();

    public long Signed()
    {
        ulong number = Number();
        return (long)(number >> 1) ^ -(long)(number & 1);
    }

    /// <summary>A number below a bound.</summary>
    public int Below(int bound)
    {
        ulong number = Number();
        return number < (ulong)bound ? (int)number : throw new InvalidDataException();
    }

    public uint Word()
    {
        ulong number = Number();
        return number <= uint.MaxValue ? (uint)number : throw new InvalidDataException();
    }

    /// <summary>How many things follow, each of at least one byte.</summary>
    public int Count()
    {
        ulong count = Number();
        return count <= (ulong)Math.Min(Left, int.MaxValue) ? (int)count : throw new InvalidDataException();
    }

    public byte[] Bytes(int most = int.MaxValue)
    {
        int length = Count();
        if (length > most)
            throw new InvalidDataException();
        byte[] bytes = new byte[length];
        Raw(bytes);
        return bytes;
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public void Raw(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_at == _end)
                Fill();
            int count = Math.Min(bytes.Length, _end - _at);
            _buffer.AsSpan(_at, count).CopyTo(bytes);
            _at += count;
            bytes = bytes[count..];
        }
    }

    private byte Byte()
    {
        if (_at == _end)
            Fill();
        return _buffer[_at++];
    }

    private void Fill()
    {
        _at = 0;
        _end = _stream.Read(_buffer, 0, (int)Math.Min(_buffer.Length, _behind));
        if (_end == 0)
            throw new InvalidDataException();
        _behind -= _end;
    }
}
