using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Compression;

/// <summary>The decoders, chosen by the data's first bytes.</summary>
internal static class Decompression
{
    /// <summary>As many as <see cref="Recognise"/> wants to see: file system images begin with a kilobyte that can be all zeros.</summary>
    public const int HeadBytes = 2048;

    /// <param name="head">The first <see cref="HeadBytes"/> bytes, or all there are.</param>
    /// <exception cref="OciException">OCI3007: something known that can't be decoded.</exception>
    public static LayerCompression Recognise(ReadOnlySpan<byte> head)
    {
        // A plain tar may begin with any name, "BZh91AY&SY" for example: its checksum is the better evidence.
        if (FileMagic.IsTarHeader(head))
            return LayerCompression.None;
        return FileMagic.Of(head) switch
        {
            FileMagic.Gzip => LayerCompression.Gzip,
            FileMagic.Zstd => LayerCompression.Zstd,
            FileMagic.Bzip2 => LayerCompression.Bzip2,
            null => LayerCompression.None,
            string other => throw IntegrityErrors.UnsupportedCompression(other),
        };
    }

    /// <param name="compression">As recognised.</param>
    /// <param name="data">Owned by the stream returned.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    public static Stream Open(LayerCompression compression, Stream data, EngineContext context) => compression switch
    {
        LayerCompression.Gzip when context.UseIsal && IsalLibrary.IsUsable => new IsalGzipStream(data),
        LayerCompression.Gzip => new GzipMembersStream(data),
        LayerCompression.Zstd => new ZstdStream(data, context.Limits.MaxZstdWindowBytes),
        LayerCompression.Bzip2 => new Bzip2Stream(data),
        _ => data,
    };

    public static string Describe(LayerCompression compression) => compression switch
    {
        LayerCompression.Gzip => FileMagic.Gzip,
        LayerCompression.Zstd => FileMagic.Zstd,
        LayerCompression.Bzip2 => FileMagic.Bzip2,
        _ => "not compressed",
    };
}
