using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Layers;

/// <summary>Turns a layer's blob into its tar. The magic bytes decide, not the media type (rule 87).</summary>
internal static class LayerDecoder
{
    /// <param name="compressed">The blob; owned and read to its very end by the stream returned.</param>
    /// <param name="size">The blob's size as its descriptor says; the verifying stream checks it.</param>
    /// <param name="mediaType">The media type from the manifest.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <param name="budget">The budget that all layers of the image share.</param>
    /// <exception cref="OciException">The media type or compression is unknown. While the stream is read: the data is damaged, or a limit
    /// is reached.</exception>
    public static Stream Open(Stream compressed, long size, string mediaType, EngineContext context, InflationBudget budget)
    {
        Codec? said = Codecs.OfSuffix(MediaTypes.LayerSuffix(mediaType), mediaType);
        PeekStream blob = new(compressed, FileMagic.HeadBytes);
        Codec? found = Codecs.Recognise(blob.Head);
        if (found != said && !blob.Head.IsEmpty)
            IntegrityErrors.WarnCompressionDiffers(context.Log, mediaType, found?.Description ?? "not compressed");
        return new MeteredStream(Codecs.Open(found, blob, context), blob, size, context, budget, zerosBecomeHoles: true);
    }
}
