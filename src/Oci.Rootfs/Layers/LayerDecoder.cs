using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Layers;

/// <summary>From a layer's blob to its tar. Magic bytes decide, not the media type (rule 87).</summary>
internal static class LayerDecoder
{
    /// <param name="compressed">The blob; owned and read to its very end by the stream returned.</param>
    /// <param name="size">The blob's, as its descriptor says and as it will turn out to be.</param>
    /// <param name="mediaType">As the manifest says.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <param name="budget">Shared by all layers of the image.</param>
    /// <exception cref="OciException">An unknown media type or compression; later, while reading, damaged data or a limit.</exception>
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
