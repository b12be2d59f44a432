using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Selection;

/// <summary>Finds, in an image, the one manifest that was asked for (rules 92 to 95).</summary>
internal static class ImageSelector
{
    /// <summary>Stands behind every platform that was named: a config that says nothing fits anything (rule 94).</summary>
    private const int AnyPlatform = int.MaxValue;

    /// <summary>Trees that one image may become.</summary>
    private const int MostPlatforms = 100;

    /// <summary>A candidate with what its platform turned out to be, and how far that is from the one asked for.</summary>
    private sealed record Ranked(Candidate Candidate, OciPlatform? Platform, int Rank);

    /// <summary>
    /// Reads the index, nested indexes as needed, and the manifest chosen. Configs only where several manifests fit and the index does
    /// not give their platforms.
    /// </summary>
    /// <param name="source">The image.</param>
    /// <param name="platform"><c>os/architecture[/variant]</c>; null for Linux on this machine's architecture, or, where the reference
    /// is a manifest's digest, for whatever that is.</param>
    /// <param name="reference">A name or a digest; null for the only one.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <exception cref="OciException">None fits, or several do; the message lists what there is.</exception>
    public static SelectedManifest Select(ImageSource source, string? platform, string? reference, EngineContext context)
    {
        PlatformRequest askedPlatform = PlatformRequest.Parse(string.IsNullOrEmpty(platform) ? null : platform);
        ReferenceRequest? askedReference = ReferenceRequest.Parse(reference);
        IReadOnlyList<Candidate> candidates = Find(source, askedReference, context);
        bool named = string.IsNullOrEmpty(platform) && askedReference?.Digest is { } digest && candidates[0].Manifest.Digest == digest;
        Candidate chosen = named ? candidates[0] : Choose(source, candidates, askedPlatform, askedReference, context);
        return new SelectedManifest(source, chosen, named ? null : askedPlatform, candidates, context);
    }

    /// <summary>What the image has, one manifest a platform, in the order of the platforms' names.</summary>
    /// <param name="source">The image.</param>
    /// <param name="reference">A name or a digest; null for the only one.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <exception cref="OciException">There is none, several of different names fit one platform, or a platform can't name a directory.</exception>
    public static IReadOnlyList<PlatformImage> SelectAll(ImageSource source, string? reference, EngineContext context)
    {
        ReferenceRequest? asked = ReferenceRequest.Parse(reference);
        IReadOnlyList<Candidate> candidates = Find(source, asked, context);

        // One that says nothing of its platform, in the index and in its config, stands for this machine's.
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

    /// <summary>Without those of which blobs are missing: one warning a platform, unless another image of that platform is there.</summary>
    /// <exception cref="OciException">Nothing is there.</exception>
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

    /// <summary>Their documents, which would say their platform, are not there.</summary>
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

    /// <summary>What there would be to refer to; null where there is nothing.</summary>
    private static string? Listed(ImageSource source, EngineContext context)
    {
        try
        {
            IReadOnlyList<Candidate> all = CandidateFinder.All(source, context);
            return all.Count == 0 ? null : CandidateList.Format(all);
        }
        catch (OciException e)
        {
            // What can't be listed is not what is wrong.
            return $"what can't be listed ({e.Code}: {e.Problem})";
        }
    }

    private static Candidate Choose(
        ImageSource source, IReadOnlyList<Candidate> candidates, PlatformRequest platform, ReferenceRequest? reference, EngineContext context)
    {
        // The only one there is: its config is read anyway, later, and its platform checked then.
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

    /// <summary>Of those that fit equally well.</summary>
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
                // Skipped like any other blob that is absent and not chosen.
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

    /// <summary>False where the config is not there.</summary>
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

    /// <summary>One name, or none, for several images is image-index.md's case of a first match; several names are a question.</summary>
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
