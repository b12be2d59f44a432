using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Selection;

/// <summary>Finds the one manifest in an image that the user asked for (rules 92 to 95).</summary>
internal static class ImageSelector
{
    /// <summary>Ranks after every named platform: a config that names none fits any request (rule 94).</summary>
    private const int AnyPlatform = int.MaxValue;

    /// <summary>The number of trees that one image may become.</summary>
    private const int MostPlatforms = 100;

    /// <summary>A candidate with its platform, read from its config if need be, and its distance from the requested one.</summary>
    private sealed record Ranked(Candidate Candidate, OciPlatform? Platform, int Rank);

    /// <summary>
    /// Reads the index, nested indexes as needed, and the chosen manifest. It reads configs only where several manifests fit and the index
    /// does not give their platforms.
    /// </summary>
    /// <param name="source">The image.</param>
    /// <param name="platform"><c>os/architecture[/variant]</c>. Null for Linux on this machine's architecture, or, where the reference is a
    /// manifest's digest, for that manifest's own platform.</param>
    /// <param name="reference">A name or a digest; null for the only one.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <exception cref="OciException">No manifest fits, or several do; the message lists the choices.</exception>
    public static SelectedManifest Select(ImageSource source, string? platform, string? reference, EngineContext context)
    {
        PlatformRequest askedPlatform = PlatformRequest.Parse(string.IsNullOrEmpty(platform) ? null : platform);
        ReferenceRequest? askedReference = ReferenceRequest.Parse(reference);
        IReadOnlyList<Candidate> candidates = Find(source, askedReference, context);
        bool named = string.IsNullOrEmpty(platform) && askedReference?.Digest is { } digest && candidates[0].Manifest.Digest == digest;
        Candidate chosen = named ? candidates[0] : Choose(source, candidates, askedPlatform, askedReference, context);
        return new SelectedManifest(source, chosen, named ? null : askedPlatform, candidates, context);
    }

    /// <summary>Selects one manifest for each platform of the image, in the order of the platforms' names.</summary>
    /// <param name="source">The image.</param>
    /// <param name="reference">A name or a digest; null for the only one.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <exception cref="OciException">There is no manifest, several of different names fit one platform, or a platform can't name a
    /// directory.</exception>
    public static IReadOnlyList<PlatformImage> SelectAll(ImageSource source, string? reference, EngineContext context)
    {
        ReferenceRequest? asked = ReferenceRequest.Parse(reference);
        IReadOnlyList<Candidate> candidates = Find(source, asked, context);

        // A manifest without a platform in the index and in its config counts as one for this machine.
        OciPlatform here = PlatformRequest.Parse(null).Platform;
        List<Candidate> known = [.. Rank(source, candidates, PlatformRequest.Parse(null), context).Select(r => r.Candidate with { Platform = r.Platform ?? here })];
        if (known.Count == 0)
            throw SourceErrors.MissingBlob(candidates[0].Manifest.Digest.ToString());
        WarnOfUnknown(source, candidates, known, context);
        known = Stored(source, known, context);
        List<IGrouping<OciPlatform, Candidate>> platforms = [.. known.GroupBy(static c => PlatformRequest.Normalise(c.Platform!))];
        if (platforms.Count > MostPlatforms)
            throw LimitErrors.Platforms(MostPlatforms, platforms.Count);
        SortedDictionary<string, PlatformImage> images = new(StringComparer.Ordinal);
        foreach (IGrouping<OciPlatform, Candidate> platform in platforms)
        {
            string name = PlatformName.Of(platform.Key);
            Candidate chosen = First(source, [.. platform], asked, context);
            SelectedManifest manifest = new(source, chosen, PlatformRequest.For(platform.Key), known, context);
            if (!images.TryAdd(name, new PlatformImage(name, platform.Key, manifest)))
                throw SelectionErrors.PlatformsOfOneName(name);
        }
        return [.. images.Values];
    }

    /// <summary>
    /// Drops the candidates with missing blobs. It warns once a platform, unless another image of that platform is complete.
    /// </summary>
    /// <exception cref="OciException">No candidate is complete.</exception>
    private static List<Candidate> Stored(ImageSource source, List<Candidate> known, EngineContext context)
    {
        Dictionary<Digest, Digest?> missing = [];
        foreach (Candidate candidate in known)
        {
            if (!missing.ContainsKey(candidate.Manifest.Digest))
                missing.Add(candidate.Manifest.Digest, StoredImages.FirstMissing(source, candidate.Manifest, context));
        }
        List<Candidate> stored = [.. known.Where(c => missing[c.Manifest.Digest] is null)];
        if (stored.Count == 0)
            throw SourceErrors.MissingBlob(missing[known[0].Manifest.Digest]!.ToString());
        HashSet<OciPlatform> there = [.. stored.Select(static c => PlatformRequest.Normalise(c.Platform!))];
        foreach (Candidate candidate in known.DistinctBy(static c => PlatformRequest.Normalise(c.Platform!)).Where(c => !there.Contains(PlatformRequest.Normalise(c.Platform!))))
            SelectionErrors.WarnPlatformNotStored(context.Log, source.DisplayName, candidate.Platform!.ToString(), missing[candidate.Manifest.Digest]!.ToString());
        return stored;
    }

    /// <summary>Warns of manifests whose documents are missing: the documents would say the platform.</summary>
    private static void WarnOfUnknown(ImageSource source, IReadOnlyList<Candidate> candidates, List<Candidate> known, EngineContext context)
    {
        foreach (Digest digest in candidates.Select(static c => c.Manifest.Digest).Except(known.Select(static c => c.Manifest.Digest)))
            SelectionErrors.WarnPlatformNotStored(context.Log, source.DisplayName, "a manifest of unknown platform", digest.ToString());
    }

    private static IReadOnlyList<Candidate> Find(ImageSource source, ReferenceRequest? reference, EngineContext context)
    {
        CandidateFinder finder = new(source, reference, context);
        IReadOnlyList<Candidate> candidates = finder.Find();
        if (candidates.Count > 0)
            return candidates;
        if (reference is not null && Listed(source, context) is { } all)
            throw SelectionErrors.NoReference(reference.ToString(), all);
        throw SelectionErrors.NoImages(finder.OtherTypes.Count == 0
            ? "no image manifests" : $"only {string.Join(", ", finder.OtherTypes.Select(SafeText.ShowShort))}");
    }

    /// <summary>Lists the references that the user could have given; null where there are none.</summary>
    private static string? Listed(ImageSource source, EngineContext context)
    {
        try
        {
            IReadOnlyList<Candidate> all = CandidateFinder.All(source, context);
            return all.Count == 0 ? null : CandidateList.Format(all);
        }
        catch (OciException e)
        {
            // The user asked for something else, so a failing list must not hide that error.
            return $"images that can't be listed ({e.Code}: {e.Problem})";
        }
    }

    private static Candidate Choose(
        ImageSource source, IReadOnlyList<Candidate> candidates, PlatformRequest platform, ReferenceRequest? reference, EngineContext context)
    {
        // This is the only manifest. Its config is read later anyway, and its platform is checked then.
        if (candidates is [{ Platform: null }])
            return candidates[0];
        List<Ranked> ranked = Rank(source, candidates, platform, context);
        if (ranked.Count == 0)
            throw SourceErrors.MissingBlob(candidates[0].Manifest.Digest.ToString());
        if (!ranked.Any(static r => r.Rank >= 0))
            throw SelectionErrors.NoPlatform(platform.Platform.ToString(), CandidateList.Format(ranked.Select(static r => r.Candidate with { Platform = r.Platform })));
        int best = ranked.Where(static r => r.Rank >= 0).Min(static r => r.Rank);
        return First(source, [.. ranked.Where(r => r.Rank == best).Select(static r => r.Candidate with { Platform = r.Platform })], reference, context);
    }

    /// <summary>Chooses the first of the candidates that fit equally well.</summary>
    private static Candidate First(ImageSource source, List<Candidate> fitting, ReferenceRequest? reference, EngineContext context)
    {
        List<IGrouping<Digest, Candidate>> images = [.. fitting.GroupBy(static c => c.Manifest.Digest)];
        if (images.Count > 1)
        {
            if (reference is null && NamesDiffer(images))
                throw SelectionErrors.Ambiguous(CandidateList.Format(fitting));
            SelectionErrors.WarnFirstOfSeveral(context.Log, source.DisplayName, images.Count, fitting[0].Manifest.Digest.ToString());
        }
        return fitting[0];
    }

    private static List<Ranked> Rank(ImageSource source, IReadOnlyList<Candidate> candidates, PlatformRequest platform, EngineContext context)
    {
        Dictionary<Digest, OciPlatform?> read = [];
        List<Ranked> ranked = [];
        foreach (Candidate candidate in candidates)
        {
            context.ThrowIfCancelled();
            OciPlatform? own = candidate.Platform;
            if (own is null && !read.TryGetValue(candidate.Manifest.Digest, out own))
            {
                // An absent blob does not matter unless it is chosen.
                if (!source.HasBlob(candidate.Manifest.Digest))
                    continue;
                if (read.Count >= context.Limits.MaxIndexes)
                    throw LimitErrors.Indexes(context.Limits.MaxIndexes, referenceHelps: true);
                if (!TryReadPlatform(source, candidate.Manifest, context, out own))
                    continue;
                read.Add(candidate.Manifest.Digest, own);
            }
            ranked.Add(new Ranked(candidate, own, own is null ? AnyPlatform : platform.RankOf(own)));
        }
        return ranked;
    }

    /// <summary>Reads the platform from the config; false where the config is missing.</summary>
    private static bool TryReadPlatform(ImageSource source, Descriptor descriptor, EngineContext context, out OciPlatform? platform)
    {
        platform = null;
        string digest = descriptor.Digest.ToString();
        ManifestDocument manifest = ManifestDocument.Parse(BlobReader.ReadAll(source, descriptor, context), digest, descriptor.MediaType, context);
        if (!source.HasBlob(manifest.Config.Digest))
            return false;
        byte[] config = BlobReader.ReadAll(source, manifest.Config, context);
        platform = ConfigDocument.Parse(config, manifest.Config.Digest.ToString(), context).Platform;
        return true;
    }

    /// <summary>
    /// Several images with one name in common, or without names, are image-index.md's case of a first match. With several names the user
    /// must choose.
    /// </summary>
    private static bool NamesDiffer(List<IGrouping<Digest, Candidate>> images)
    {
        List<HashSet<string>> names = [.. images.Select(static i => i.SelectMany(static c => c.Names).ToHashSet(StringComparer.Ordinal))];
        if (names.All(static n => n.Count == 0))
            return false;
        HashSet<string> common = [.. names[0]];
        foreach (HashSet<string> other in names)
            common.IntersectWith(other);
        return common.Count == 0;
    }
}
