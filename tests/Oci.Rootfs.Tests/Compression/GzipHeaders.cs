using System.Buffers.Binary;
using System.IO.Compression;
using Oci.Images;

namespace Oci.Rootfs.Tests.Compression;

/// <summary>Gzip members as .NET does not write them (RFC 1952, 2.3).</summary>
internal static class GzipHeaders
{
    private const int Fixed = 10;
    private static readonly byte[] ExtraField = [3, 0, 1, 0, 2], NameField = [.. "name\0"u8], CommentField = [.. "a comment\0"u8];

    /// <summary>A member with the parts that the flags say.</summary>
    public static byte[] With(byte flags, byte[] data)
    {
        byte[] member = ImageLayer.GzipOf(data);
        byte[] header = [.. member[..3], flags, .. member[4..Fixed], .. Has(4, ExtraField), .. Has(8, NameField), .. Has(16, CommentField)];
        uint crc = Crc(header);
        return [.. header, .. Has(2, [(byte)crc, (byte)(crc >> 8)]), .. member[Fixed..]];

        byte[] Has(byte flag, byte[] part) => (flags & flag) != 0 ? part : [];
    }

    /// <summary>The length of the header of such a member.</summary>
    public static int Length(byte flags) => With(flags, []).Length - With(0, []).Length + Fixed;

    /// <summary>The same member with a name of so many bytes, the NUL included.</summary>
    public static byte[] Lengthen(byte[] member, int name) => name == 0
        ? member
        : [.. member[..3], 8, .. member[4..Fixed], .. Enumerable.Repeat((byte)'n', name - 1), 0, .. member[Fixed..]];

    /// <summary>One member of zeros, of more than 4 GiB.</summary>
    public static byte[] Zeros(out long length)
    {
        const int blocks = 65;
        const uint crc = 0x0c0b9a78; // Python: zlib.crc32
        byte[] zeros = new byte[64 << 20];
        length = (long)blocks * zeros.Length;
        using MemoryStream block = new();
        using DeflateStream deflate = new(block, CompressionLevel.Optimal);
        deflate.Write(zeros);
        deflate.Flush(); // To a byte's end. The next block refers to nothing but zeros, of which there are enough before it.
        byte[] end = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(end, crc);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(4), (uint)length);
        return [.. ImageLayer.GzipOf([])[..Fixed], .. Enumerable.Repeat(block.ToArray(), blocks).SelectMany(static b => b), 3, 0, .. end];
    }

    private static uint Crc(byte[] data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xedb88320 & (uint)-(int)(crc & 1));
        }
        return ~crc;
    }
}
