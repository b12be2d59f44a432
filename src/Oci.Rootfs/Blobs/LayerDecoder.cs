using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Blobs;

/// <summary>From a layer's blob to its tar. Magic bytes decide, not the media type (rule 87).</summary>
internal static class LayerDecoder
{
    private const int TarBlock = 512;

    /// <param name="compressed">The blob; owned and read to its very end by the stream returned.</param>
    /// <param name="size">The blob's, as its descriptor says and as it will turn out to be.</param>
    /// <param name="mediaType">As the manifest says.</param>
    /// <param name="limits">Of the compression ratio.</param>
    /// <param name="budget">Shared by all layers of the image.</param>
    /// <param name="log">For a media type that says otherwise.</param>
    /// <exception cref="OciException">An unknown media type or compression; later, while reading, damaged data or a limit.</exception>
    public static Stream Open(Stream compressed, long size, string mediaType, RootfsLimits limits, InflationBudget budget, RootfsLog log)
    {
        LayerCompression said = MediaTypes.CompressionOf(mediaType);
        PeekStream blob = new(compressed, TarBlock);
        LayerCompression found = Recognise(blob.Head);
        if (found != said && !blob.Head.IsEmpty)
            IntegrityErrors.WarnCompressionDiffers(log, mediaType, found switch { LayerCompression.Gzip => "gzip data", LayerCompression.Zstd => "zstd data", _ => "not compressed" });
        Stream inflated = found switch
        {
            LayerCompression.Gzip => new GzipMembersStream(blob),
            LayerCompression.Zstd => new ZstdStream(blob),
            _ => blob,
        };
        return new MeteredStream(inflated, blob, size, limits, budget);
    }

    private static LayerCompression Recognise(ReadOnlySpan<byte> head)
    {
        // A plain tar may begin with any name, "BZh91AY&SY" for example: its checksum is the better evidence.
        if (FileMagic.IsTarHeader(head))
            return LayerCompression.None;
        return FileMagic.Of(head) switch
        {
            FileMagic.Gzip => LayerCompression.Gzip,
            FileMagic.Zstd => LayerCompression.Zstd,
            null => LayerCompression.None,
            string other => throw IntegrityErrors.UnsupportedCompression(other),
        };
    }
}
