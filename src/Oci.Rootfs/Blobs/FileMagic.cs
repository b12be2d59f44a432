namespace Oci.Rootfs.Blobs;

/// <summary>What data is, judged by its first bytes.</summary>
internal static class FileMagic
{
    public const string Gzip = "gzip data";
    public const string Zstd = "zstd data";

    private static readonly (string Name, byte[] Magic)[] Known =
    [
        (Gzip, [0x1f, 0x8b, 0x08]),
        (Zstd, [0x28, 0xb5, 0x2f, 0xfd]),
        ("xz data", [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]),
        ("bzip2 data", [.. "BZh"u8]),
        ("lz4 data", [0x04, 0x22, 0x4d, 0x18]),
        ("lzip data", [.. "LZIP"u8]),
        ("lzma data", [0x5d, 0, 0]),
        ("compress (.Z) data", [0x1f, 0x9d]),
        ("a zip archive", [.. "PK\x03\x04"u8]),
        ("a 7z archive", [(byte)'7', (byte)'z', 0xbc, 0xaf, 0x27, 0x1c]),
        ("a squashfs image", [.. "hsqs"u8]),
        ("an ELF binary", [0x7f, .. "ELF"u8]),
        ("a qcow2 disk image", [.. "QFI"u8, 0xfb]),
        ("an rpm package", [0xed, 0xab, 0xee, 0xdb]),
        ("a Debian package or ar archive", [.. "!<arch>\n"u8]),
    ];

    /// <summary>What the bytes are the beginning of; null when nothing known (a tar, for example).</summary>
    public static string? Of(ReadOnlySpan<byte> head)
    {
        // zstd's skippable frames, with which zstd:chunked and other layers may begin: 184D2A50 to 184D2A5F, little-endian.
        if (head.Length >= 4 && (head[0] & 0xf0) == 0x50 && head[1..4].SequenceEqual((ReadOnlySpan<byte>)[0x2a, 0x4d, 0x18]))
            return Zstd;
        foreach ((string name, byte[] magic) in Known)
        {
            if (head.StartsWith(magic))
                return name;
        }
        return null;
    }

    /// <summary>
    /// True for a block of 512 bytes whose checksum field holds a number, and the right one, as in every tar since the seventh edition.
    /// That it is a number at all matters most: of compressed data one block in thousands has a signed sum of next to nothing.
    /// </summary>
    public static bool IsTarHeader(ReadOnlySpan<byte> block)
    {
        const int field = 148;
        const int fieldLength = 8;
        if (block.Length < 512 || !TryChecksum(block.Slice(field, fieldLength), out int stored))
            return false;
        int sum = fieldLength * ' ';
        int signedSum = sum;
        for (int i = 0; i < 512; i++)
        {
            if (i is >= field and < field + fieldLength)
                continue;
            sum += block[i];
            signedSum += (sbyte)block[i];
        }
        return stored == sum || stored == signedSum;
    }

    /// <summary>Blanks, octal digits, then a NUL or a blank. No header's sum has fewer than four digits.</summary>
    private static bool TryChecksum(ReadOnlySpan<byte> field, out int checksum)
    {
        const int leastDigits = 4;
        checksum = 0;
        ReadOnlySpan<byte> number = field.TrimStart((byte)' ');
        int end = number.IndexOfAnyExceptInRange((byte)'0', (byte)'7');
        int digits = end < 0 ? number.Length : end;
        foreach (byte digit in number[..digits])
            checksum = (checksum * 8) + digit - '0';
        return digits >= leastDigits && (end < 0 || number[end] is 0 or (byte)' ');
    }
}
