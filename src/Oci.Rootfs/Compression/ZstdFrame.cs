using System.Buffers.Binary;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>
/// Checks the header of a zstd frame (RFC 8878, 3.1.1) where decoders differ: older ones take other data for a frame that breaks off, and
/// some read the frames of zstd's first years.
/// </summary>
internal static class ZstdFrame
{
    private const int MagicBytes = 4;
    private const int MostHeaderBytes = 18;

    /// <param name="input">The input, not at its end. Nothing of it is skipped.</param>
    /// <param name="mostWindowBytes">The limit on the window.</param>
    /// <exception cref="OciException">No frame begins here, it breaks off, or its window is too large.</exception>
    /// <returns>The bytes of the window; 0 for a frame without content.</returns>
    public static long Check(CompressedInput input, long mostWindowBytes)
    {
        ReadOnlySpan<byte> head = input.Peek(MostHeaderBytes);
        ReadOnlySpan<byte> magic = head[..Math.Min(MagicBytes, head.Length)];
        if (Skippable.StartsWith(magic[1..]) && (magic[0] & 0xf0) == 0x50)
            return 0;
        if (!Magic.StartsWith(magic))
            throw IntegrityErrors.DamagedLayer("zstd", "other data where a frame must begin");
        if (WindowBytes(head[magic.Length..]) is not { } window)
            throw IntegrityErrors.TruncatedLayer("zstd");
        if (window > (ulong)mostWindowBytes)
            throw LimitErrors.ZstdWindow(mostWindowBytes);
        return (long)window;
    }

    private static ReadOnlySpan<byte> Magic => [0x28, 0xb5, 0x2f, 0xfd];

    /// <summary>The last three bytes of a skippable frame's magic number.</summary>
    private static ReadOnlySpan<byte> Skippable => [0x2a, 0x4d, 0x18];

    /// <param name="header">The bytes behind the magic number.</param>
    /// <returns>Null when the header breaks off.</returns>
    private static ulong? WindowBytes(ReadOnlySpan<byte> header)
    {
        if (header.IsEmpty)
            return null;
        byte descriptor = header[0];
        bool isOneSegment = (descriptor & 0x20) != 0;
        int sizeAt = (isOneSegment ? 1 : 2) + (0x4210 >> ((descriptor & 3) * 4) & 0xf);
        int sizeBytes = (descriptor >> 6) switch { 0 => isOneSegment ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        if (header.Length < sizeAt + sizeBytes)
            return null;
        ReadOnlySpan<byte> size = header[sizeAt..];
        if (!isOneSegment)
        {
            ulong whole = 1UL << (10 + (header[1] >> 3));
            return whole + (whole / 8 * (header[1] & 7u));
        }
        return sizeBytes switch
        {
            1 => size[0],
            2 => 256UL + BinaryPrimitives.ReadUInt16LittleEndian(size),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(size),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(size),
        };
    }
}
