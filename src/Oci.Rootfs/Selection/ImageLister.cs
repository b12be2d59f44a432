using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Selection;

/// <summary>Lists an image's contents, even where none of them could be extracted.</summary>
internal static class ImageLister
{
    /// <param name="source">The image.</param>
    /// <param name="platform">The platform, as for an extraction.</param>
    /// <param name="reference">The reference, as for an extraction.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <exception cref="OciException">The index itself can't be read.</exception>
    public static RootfsListing List(ImageSource source, string? platform, string? reference, EngineContext context)
    {
        CandidateFinder finder = new(source, null, context.Quiet);
        List<IGrouping<Digest, Candidate>> images = [.. finder.Find().GroupBy(static c => c.Manifest.Digest)];
        if (images.Count > context.Limits.MaxIndexes)
            throw LimitErrors.Indexes(context.Limits.MaxIndexes, referenceHelps: false);
        (HashSet<Digest> chosen, string? nothing) = Choose(source, platform, reference, context);
        return new RootfsListing
        {
            Images = [.. images.Select(i => Describe(source, [.. i], context) with { Chosen = chosen.Contains(i.Key) })],
            OtherMediaTypes = [.. finder.OtherTypes],
            NothingChosen = nothing,
        };
    }

    private static (HashSet<Digest> Chosen, string? Nothing) Choose(ImageSource source, string? platform, string? reference, EngineContext context)
    {
        try
        {
            IEnumerable<SelectedManifest> selected = PlatformRequest.IsAll(platform)
                ? ImageSelector.SelectAll(source, reference, context.Quiet).Select(static i => i.Manifest)
                : [ImageSelector.Select(source, platform, reference, context.Quiet)];
            List<SelectedManifest> manifests = [.. selected];
            foreach (SelectedManifest manifest in manifests)
                _ = manifest.Load();
            return ([.. manifests.Select(static m => m.Descriptor.Digest)], null);
        }
        catch (OciException e)
        {
            return ([], Describe(e));
        }
    }

    private static RootfsListedImage Describe(ImageSource source, List<Candidate> same, EngineContext context)
    {
        Descriptor descriptor = same[0].Manifest;
        RootfsListedImage image = Add(same.Select(static c => c.Platform).FirstOrDefault(static p => p is not null), new RootfsListedImage
        {
            References = [.. same.SelectMany(static c => c.Names).Distinct(StringComparer.Ordinal)],
            ManifestDigest = descriptor.Digest.ToString(),
        });
        try
        {
            ManifestDocument manifest = ManifestDocument.Parse(BlobReader.ReadAll(source, descriptor, context), descriptor.Digest.ToString(), descriptor.MediaType, context);
            image = image with
            {
                ConfigDigest = manifest.Config.Digest.ToString(),
                Layers = [.. manifest.Layers.Select(static l => new RootfsLayer(l.Digest.ToString(), "", l.MediaType, l.Size))],
            };
            ConfigDocument config = ConfigDocument.Parse(BlobReader.ReadAll(source, manifest.Config, context), manifest.Config.Digest.ToString(), context);
            List<Digest> missing = [.. StoredImages.Missing(source, manifest, context)];
            if (missing.Count > 0)
                image = image with { Problem = Describe(SourceErrors.MissingBlobs(missing[0].ToString(), missing.Count, manifest.Layers.Count + 1)) };
            return image.OsVersion is null && image.OsFeatures.Count == 0 ? Add(config.Platform, image) with { Platform = image.Platform ?? config.Platform?.ToString() } : image;
        }
        catch (OciException e)
        {
            return image with { Problem = Describe(e) };
        }
    }

    private static RootfsListedImage Add(OciPlatform? platform, RootfsListedImage image) => platform is null ? image : image with
    {
        Platform = platform.ToString(),
        OsVersion = platform.OsVersion,
        OsFeatures = platform.OsFeatures,
    };

    private static string Describe(OciException e) => $"{e.Code}: {e.Message}";
}
