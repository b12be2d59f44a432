namespace Oci.Rootfs.Compression;

/// <summary>Tells what data is, judged by its first bytes.</summary>
internal static class FileMagic
{
    /// <summary>How many first bytes a caller should give: file system images begin with a kilobyte that can be all zeros.</summary>
    public const int HeadBytes = 2048;

    /// <summary>Where the superblock of a file system image has its magic number, for erofs and for ext2 to ext4.</summary>
    private const int ErofsMagicAt = 1024;
    private const int ExtMagicAt = 1080;

    /// <summary>Formats that are neither a tar nor compressed.</summary>
    private static readonly (string Name, byte[] Magic)[] Others =
    [
        ("a zip archive", [.. "PK\x03\x04"u8]),
        ("a 7z archive", [(byte)'7', (byte)'z', 0xbc, 0xaf, 0x27, 0x1c]),
        ("a squashfs image", [.. "hsqs"u8]),
        ("an ELF binary", [0x7f, .. "ELF"u8]),
        ("a qcow2 disk image", [.. "QFI"u8, 0xfb]),
        ("an rpm package", [0xed, 0xab, 0xee, 0xdb]),
        ("a Debian package or ar archive", [.. "!<arch>\n"u8]),
    ];

    /// <summary>Names the format that the bytes begin, compressed data included; null for anything unknown, and for a tar.</summary>
    /// <param name="head">The first <see cref="HeadBytes"/> bytes, or all there are.</param>
    public static string? Describe(ReadOnlySpan<byte> head)
    {
        if (Codecs.Of(head) is { } codec)
            return codec.Description;
        foreach ((string name, byte[] magic) in Others)
        {
            if (head.StartsWith(magic))
                return name;
        }
        if (head.Length > ErofsMagicAt && head[ErofsMagicAt..].StartsWith((ReadOnlySpan<byte>)[0xe2, 0xe1, 0xf5, 0xe0]))
            return "an erofs image";
        if (head.Length > ExtMagicAt && head[ExtMagicAt..].StartsWith((ReadOnlySpan<byte>)[0x53, 0xef]) && head[..ErofsMagicAt].IndexOfAnyExcept((byte)0) < 0)
            return "an ext4 file system image";
        return null;
    }

    /// <summary>
    /// True for a block of 512 bytes whose checksum field holds a number, and the right one, as in every tar since the seventh edition. The
    /// check for a number matters most: one block of compressed data in thousands has a signed sum near 0.
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

    /// <summary>Reads blanks, octal digits, then a NUL or a blank. No header's sum has fewer than four digits.</summary>
    private static bool TryChecksum(ReadOnlySpan<byte> field, out int checksum)
    {
        const int leastDigits = 4;
        checksum = 0;
        int at = 0;
        while (at < field.Length && field[at] == ' ')
            at++;
        int digits = 0;
        for (; at < field.Length && field[at] is >= (byte)'0' and <= (byte)'7'; at++, digits++)
            checksum = (checksum * 8) + field[at] - '0';
        return digits >= leastDigits && (at == field.Length || field[at] is 0 or (byte)' ');
    }
}
