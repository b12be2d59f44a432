using System.Globalization;
using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Compression;

/// <summary>Tests whether this machine's libzstd.so.1 decodes as it should. The test takes a millisecond.</summary>
internal static class ZstdSelfTest
{
    /// <summary>
    /// The output of <c>zstd -19 --check</c> for <see cref="Content"/>: Huffman-coded literals, sequences, a checksum, a window of 8 MiB.
    /// </summary>
    internal const string Frame =
        "KLUv/QRozQkA5pUwFKBrOXA1c5v+NytJmWSSKWlWNTkjMgAmACcApFLktXtihvTve2yrRmrEVnbNd8rSDj3xWdZWAAUGgQODQwQUIDQQKCQcBg4Q" +
        "DgsMDQFhltOiVkqSny6Sn634EmPzJ+Jbq6hFchLd5Bl6pqFzpNWvMhHdHA9LvL6QzNRw05UqQl4+K06MRuGRY4Si8Zi8M5IrT3g5FadcMrXGEgAK" +
        "DAIfMkZuz51cUU/3tlL/o0eKOytEFs+LYVmiSCixv+g1MrUQIgqAn6hBLF633wGgGdIaESAEOFN4RPAbvestbHODP1XjNt0NvtryYPEYK6mFsmJC" +
        "zIVRbAx5ddM2uYf8hGi0xDCMBrnKQzBipEKtPsmDofPrthuHh2c4dISHCx0dhIMZBhl6FAW18G8BUHRgZ3+/n29QLYBUAQ2z0GM=";

    private const int FrameWindowLog = 23;

    /// <summary>The test fetches the output in pieces of this size, which end anywhere.</summary>
    private const int PieceBytes = 17;

    /// <param name="make">Makes a decoder for windows of so many bits.</param>
    public static bool Passes(Func<int, IZstdDecoder> make)
    {
        try
        {
            byte[] content = Content();
            byte[] frame = Convert.FromBase64String(Frame);
            byte[] frames = [.. frame, 0x5a, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4, .. frame];
            byte[] damaged = [.. frames[..^1], (byte)(frames[^1] ^ 1)];
            return Decode(frames, make(FrameWindowLog)).AsSpan().SequenceEqual((byte[])[.. content, .. content])
                && Refuses("OCI3004", damaged, make(FrameWindowLog)) && Refuses("OCI4223", frame, make(FrameWindowLog - 1));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or OciException)
        {
            return false;
        }
    }

    internal static byte[] Content()
    {
        StringBuilder lines = new();
        for (int i = 0; i < 80; i++)
            lines.Append(CultureInfo.InvariantCulture, $"usr/lib/module-{i * 7919 % 101}/file-{i * i % 997}.so\n");
        return Encoding.ASCII.GetBytes(lines.ToString());
    }

    private static bool Refuses(string code, byte[] frames, IZstdDecoder decoder)
    {
        try
        {
            Decode(frames, decoder);
            return false;
        }
        catch (OciException e)
        {
            return e.Code == code;
        }
    }

    /// <param name="frames">The frames. Only the decoder checks their windows.</param>
    /// <param name="decoder">Disposed of.</param>
    private static byte[] Decode(byte[] frames, IZstdDecoder decoder)
    {
        using ZstdStream stream = new(new MemoryStream(frames), decoder, long.MaxValue, new EngineContext());
        using MemoryStream decoded = new();
        Span<byte> piece = stackalloc byte[PieceBytes];
        int count;
        while ((count = stream.Read(piece)) > 0)
            decoded.Write(piece[..count]);
        return decoded.ToArray();
    }
}
