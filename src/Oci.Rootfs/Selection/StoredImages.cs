using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>
/// Finds the images of an index that have all their blobs. Tools that save one platform of an image keep the whole index, which then lists
/// platforms that are missing, or of which only the documents are there.
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
            // The user did not ask for this image, so its errors must not hide the one at hand.
            return false;
        }
    }

    /// <summary>The first missing blob of an image; null when all are there.</summary>
    public static Digest? FirstMissing(ImageSource source, Descriptor descriptor, EngineContext context)
    {
        if (!source.HasBlob(descriptor.Digest))
            return descriptor.Digest;
        string digest = descriptor.Digest.ToString();
        ManifestDocument manifest = ManifestDocument.Parse(BlobReader.ReadAll(source, descriptor, context), digest, descriptor.MediaType, context);
        return Missing(source, manifest, context).FirstOrDefault();
    }

    /// <summary>The missing config and layers. Foreign layers are left out, because they have an error of their own.</summary>
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
