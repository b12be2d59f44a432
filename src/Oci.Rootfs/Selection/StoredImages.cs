using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>
/// What of an index is in the image with all its blobs. Tools that save one platform of an image leave the index whole: it lists
/// platforms of which nothing is there, or only the documents.
/// </summary>
internal static class StoredImages
{
    public static List<Candidate> Of(ImageSource source, IEnumerable<Candidate> candidates, EngineContext context) =>
        [.. candidates.DistinctBy(static c => (c.Manifest.Digest, c.Platform)).Where(c => IsWhole(source, c.Manifest, context))];

    private static bool IsWhole(ImageSource source, Descriptor descriptor, EngineContext context)
    {
        try
        {
            return FirstMissing(source, descriptor, context) is null;
        }
        catch (OciException)
        {
            // This is not the one that was asked for: what is wrong with it is not what is wrong.
            return false;
        }
    }

    /// <summary>The first blob of an image that is not there; null when all are.</summary>
    public static Digest? FirstMissing(ImageSource source, Descriptor descriptor, EngineContext context)
    {
        if (!source.HasBlob(descriptor.Digest))
            return descriptor.Digest;
        string digest = descriptor.Digest.ToString();
        ManifestDocument manifest = ManifestDocument.Parse(BlobReader.ReadAll(source, descriptor, context), digest, descriptor.MediaType, context);
        return Missing(source, manifest, context).FirstOrDefault();
    }

    /// <summary>The config and the layers that are not there. Foreign layers need not be: they are an error of their own.</summary>
    public static IEnumerable<Digest> Missing(ImageSource source, ManifestDocument manifest, EngineContext context)
    {
        foreach (Descriptor blob in manifest.Layers.Prepend(manifest.Config))
        {
            context.ThrowIfCancelled();
            if (!MediaTypes.IsForeign(blob.MediaType) && !source.HasBlob(blob.Digest))
                yield return blob.Digest;
        }
    }
}
