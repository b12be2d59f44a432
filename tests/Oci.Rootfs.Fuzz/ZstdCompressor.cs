using System.Runtime.InteropServices;
using Oci.Images;

namespace Oci.Rootfs.Fuzz;

/// <summary>
/// Zstd as common tools write it: entropy-coded blocks, checksums, skippable frames. Without the library it writes raw blocks.
/// </summary>
internal static partial class ZstdCompressor
{
    public static uint LibraryVersion => VersionNumber();

    public static byte[] Compress(byte[] data, int frames)
    {
        try
        {
            using MemoryStream output = new();
            for (int i = 0; i < frames; i++)
            {
                ReadOnlySpan<byte> piece = data.AsSpan((int)((long)data.Length * i / frames)..(int)((long)data.Length * (i + 1) / frames));
                byte[] room = new byte[(int)Bound((nuint)piece.Length)];
                nuint length = Compress(ref MemoryMarshal.GetArrayDataReference(room), (nuint)room.Length, ref MemoryMarshal.GetReference(piece), (nuint)piece.Length, 3 + i);
                output.Write(room, 0, (int)length);
                if (i > 0)
                    output.Write([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
            }
            return output.ToArray();
        }
        catch (DllNotFoundException)
        {
            return ImageLayer.ZstdOf(data, frames);
        }
    }

    /// <summary>10507 for 1.5.7.</summary>
    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_versionNumber")]
    private static partial uint VersionNumber();

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_compressBound")]
    private static partial nuint Bound(nuint size);

    [LibraryImport("libzstd.so.1", EntryPoint = "ZSTD_compress")]
    private static partial nuint Compress(ref byte destination, nuint capacity, ref byte source, nuint size, int level);
}
