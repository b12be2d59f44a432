using System.Buffers.Binary;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>Checks a gzip member's header (RFC 1952, 2.3) as zlib does, and keeps nothing of it.</summary>
internal ref struct GzipHeader
{
    private const int FixedBytes = 10;
    private const byte Deflate = 8;
    private const byte HeaderCrc = 2, Extra = 4, Name = 8, Comment = 16, Reserved = 0xe0;

    private readonly CompressedInput _input;
    private uint _crc;

    private GzipHeader(CompressedInput input) => _input = input;

    /// <summary>Moves to the bytes behind the header.</summary>
    /// <param name="input">Not at its end.</param>
    /// <param name="isFirst">False behind another member: data that is no header is then garbage, not damaged gzip.</param>
    /// <exception cref="OciException">The header is damaged or breaks off, or the data is something else.</exception>
    public static void Read(CompressedInput input, bool isFirst) => new GzipHeader(input).Read(isFirst);

    private void Read(bool isFirst)
    {
        Span<byte> head = stackalloc byte[FixedBytes];
        if (!HasMagic(head))
            throw isFirst ? IntegrityErrors.DamagedLayer("gzip", "no gzip header") : IntegrityErrors.TrailingGarbage("gzip");
        Copy(head[2..]);
        if (head[2] != Deflate)
            throw IntegrityErrors.DamagedLayer("gzip", "an unknown compression method");
        byte flags = head[3];
        if ((flags & Reserved) != 0)
            throw IntegrityErrors.DamagedLayer("gzip", "unknown flags in a header");
        bool hasCrc = (flags & HeaderCrc) != 0;
        if (hasCrc)
            _crc = IsalLibrary.Crc(0, head);
        if ((flags & Extra) != 0)
            PassExtra(hasCrc);
        if ((flags & Name) != 0)
            PassText(hasCrc);
        if ((flags & Comment) != 0)
            PassText(hasCrc);
        if (!hasCrc)
            return;
        Span<byte> stored = stackalloc byte[2];
        Copy(stored);
        if (BinaryPrimitives.ReadUInt16LittleEndian(stored) != (ushort)_crc)
            throw IntegrityErrors.DamagedLayer("gzip", "a wrong checksum of a header");
    }

    private readonly bool HasMagic(Span<byte> head)
    {
        Copy(head[..1]);
        if (head[0] != 0x1f)
            return false;
        Copy(head[1..2]);
        return head[1] == 0x8b;
    }

    private void PassExtra(bool hasCrc)
    {
        Span<byte> length = stackalloc byte[2];
        Copy(length);
        if (hasCrc)
            _crc = IsalLibrary.Crc(_crc, length);
        for (int left = BinaryPrimitives.ReadUInt16LittleEndian(length); left > 0;)
            left -= Pass(Math.Min(left, Some().Length), hasCrc);
    }

    private void PassText(bool hasCrc)
    {
        int end;
        while ((end = Some().IndexOf((byte)0)) < 0)
            Pass(Some().Length, hasCrc);
        Pass(end + 1, hasCrc);
    }

    private int Pass(int count, bool hasCrc)
    {
        if (hasCrc)
            _crc = IsalLibrary.Crc(_crc, Some()[..count]);
        _input.Skip(count);
        return count;
    }

    private readonly void Copy(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> some = Some();
            int count = Math.Min(bytes.Length, some.Length);
            some[..count].CopyTo(bytes);
            _input.Skip(count);
            bytes = bytes[count..];
        }
    }

    private readonly ReadOnlySpan<byte> Some()
    {
        ReadOnlySpan<byte> next = _input.Next;
        return next.IsEmpty ? throw IntegrityErrors.TruncatedLayer("gzip") : next;
    }
}
