using Oci.Rootfs.Cache;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Pipeline;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;
using Oci.Rootfs.Spec;
using Oci.Rootfs.State;

namespace Oci.Rootfs;

/// <summary>From an image to a root filesystem: find, read, merge, materialise, publish. The only entrance to the engine.</summary>
public static class RootfsExtractor
{
    /// <summary><see cref="RootfsRequest.Platform"/> for all that the image has.</summary>
    public const string AllPlatforms = PlatformRequest.All;

    /// <summary>Makes the destination what the image says, or finds that it already is.</summary>
    /// <exception cref="OciException">Bad input or a failing system; the destination is as it was, or absent.</exception>
    /// <exception cref="OperationCanceledException">Likewise.</exception>
    public static RootfsResult Extract(RootfsRequest request, CancellationToken cancellation = default) => Run(request, (source, log) =>
    {
        SelectedManifest selected = ImageSelector.Select(source, request.Platform, request.Reference, request.Limits, log);
        return Extract(request, source, selected, null, log, cancellation);
    }, cancellation);

    /// <summary>
    /// Likewise; with <see cref="AllPlatforms"/> asked for, a tree for each platform of the image in a directory of its own within
    /// <see cref="RootfsRequest.RootfsDirectory"/>. An error leaves those that were done before it.
    /// </summary>
    public static IReadOnlyList<RootfsExtraction> ExtractAll(RootfsRequest request, CancellationToken cancellation = default)
    {
        if (!IsAllPlatforms(request.Platform))
            return [new RootfsExtraction(request, Extract(request, cancellation))];
        return Run(request, (source, log) =>
        {
            IReadOnlyList<PlatformImage> images = ImageSelector.SelectAll(source, request.Reference, request.Limits, log);
            using PlatformTrees trees = PlatformTrees.Open(request, images.Select(static i => i.Name).ToHashSet(StringComparer.Ordinal), log, cancellation);
            return ExtractEach(request, source, images, log, cancellation);
        }, cancellation);
    }

    /// <summary>What stands is found first: layers are kept only for images that have work to do.</summary>
    private static List<RootfsExtraction> ExtractEach(
        RootfsRequest request, ImageSource source, IReadOnlyList<PlatformImage> images, RootfsLog log, CancellationToken cancellation)
    {
        RootfsRequest[] requests = [.. images.Select(image => PlatformTrees.RequestFor(request, image))];
        RootfsResult?[] standing = [.. images.Select((image, i) => FindStanding(requests[i], image.Manifest, log, cancellation))];
        using SharedLayers shared = new(images.Where((_, i) => standing[i] is null).Select(Blobs), request.RootfsDirectory);
        List<RootfsExtraction> extractions = [];
        for (int i = 0; i < requests.Length; i++)
        {
            RootfsResult? result = standing[i];
            if (result is null)
            {
                result = Extract(requests[i], source, images[i].Manifest, shared, log, cancellation);
                shared.Done(Blobs(images[i]));
            }
            extractions.Add(new RootfsExtraction(requests[i], result));
        }
        return extractions;

        static IEnumerable<Digest> Blobs(PlatformImage image) => image.Manifest.Layers.Select(static l => l.Digest);
    }

    /// <summary>Removes a tree that carries our state file, the state file and what a killed build left; does nothing where there is none.</summary>
    /// <returns>True when something was removed.</returns>
    /// <exception cref="OciException">The directory is not ours, is in use by another build, or can't be removed.</exception>
    public static bool Clean(string rootfsDirectory, Action<RootfsMessage>? log = null, CancellationToken cancellation = default)
    {
        RootfsLog messages = new(log);
        StateContent? removed = Clean(rootfsDirectory, messages, cancellation);
        messages.Finish();
        return removed is not null;
    }

    /// <returns>What the state file said; null where there was nothing.</returns>
    internal static StateContent? Clean(string rootfsDirectory, RootfsLog log, CancellationToken cancellation)
    {
        using Destination? destination = Destination.Open(rootfsDirectory, create: false);
        if (destination is null)
            return null;
        using StateFile? state = StateFile.Acquire(destination, create: false, log, cancellation);
        if (state is not null)
            destination.RefuseMounts();
        new DestinationGuard(destination, state).RefuseForeign();
        if (state is null)
            return null;
        bool several = state.Content.Key == PlatformTrees.Key;
        if (several)
            PlatformTrees.RemoveTrees(destination.ShownPath, new HashSet<string>(), log, cancellation);
        long paths = several ? 1 : state.Content.Paths;
        state.Write(state.Content with { Key = null });
        long removed = TreeRemover.Remove(destination.Parent, destination.Name, destination.ShownPath);
        destination.RemoveStaging();
        state.Remove();
        Publisher.WarnOfForeignFiles(destination, removed - paths, paths, log);
        return state.Content;
    }

    /// <summary>Removes the archives unpacked into this directory, and the directory if nothing else is in it.</summary>
    /// <returns>True when there was one.</returns>
    /// <exception cref="OciException">It can't be removed.</exception>
    public static bool CleanCache(string cacheDirectory, Action<RootfsMessage>? log = null, CancellationToken cancellation = default) =>
        ArchiveCache.Clean(cacheDirectory, new RootfsLog(log), cancellation);

    /// <summary>What the image has, and what of it <see cref="ExtractAll"/> would take. Writes nothing but, if need be, the cache.</summary>
    /// <exception cref="OciException">It is no image, or its index can't be read.</exception>
    public static RootfsListing List(RootfsRequest request, CancellationToken cancellation = default) =>
        Run(request, (source, _) => ImageLister.List(source, request.Platform, request.Reference, request.Limits), cancellation);

    internal static bool IsAllPlatforms(string? platform) => PlatformRequest.IsAll(platform);

    private static ArchiveCache? CacheOf(RootfsRequest request, RootfsLog log, CancellationToken cancellation) => request.CacheDirectory is null
        ? null
        : new ArchiveCache(request.CacheDirectory, request.Limits, request.UseIsal, mayWrite: !request.FailIfNotUpToDate, log, cancellation);

    private static T Run<T>(RootfsRequest request, Func<ImageSource, RootfsLog, T> work, CancellationToken cancellation)
    {
        RootfsLog log = new(request.Log);
        string shown = request.DisplayName ?? request.Image;
        try
        {
            using ImageSource source = ImageSources.Open(request.Image, shown, request.Limits, log, CacheOf(request, log, cancellation));
            return work(source, log);
        }
        catch (OciException e)
        {
            throw e.At(image: shown);
        }
        finally
        {
            log.Finish();
        }
    }

    private static RootfsResult Extract(
        RootfsRequest request, ImageSource source, SelectedManifest selected, SharedLayers? shared, RootfsLog log, CancellationToken cancellation)
    {
        Privileges privileges = Privileges.Current();
        string key = BuildKey.Compute(request, selected.Descriptor.Digest, privileges);
        using DestinationLock? held = DestinationLock.Take(request.RootfsDirectory, create: !request.FailIfNotUpToDate, log, cancellation);
        if (held is not null && FindStanding(request, selected, held, key) is { } standing)
            return standing;
        if (held is null || request.FailIfNotUpToDate)
            throw BuildErrors.NotUpToDate(request.RootfsDirectory);
        Extraction extraction = new(request, source, held.Destination, held.StateFile, privileges, shared, log, cancellation);
        return held.Do(() => extraction.Run(selected.Load(), key));
    }

    /// <summary>Without making anything. Null where there is work to do.</summary>
    private static RootfsResult? FindStanding(RootfsRequest request, SelectedManifest selected, RootfsLog log, CancellationToken cancellation)
    {
        using DestinationLock? held = DestinationLock.Take(request.RootfsDirectory, create: false, log, cancellation);
        return held is null ? null : FindStanding(request, selected, held, BuildKey.Compute(request, selected.Descriptor.Digest, Privileges.Current()));
    }

    private static RootfsResult? FindStanding(RootfsRequest request, SelectedManifest selected, DestinationLock held, string key) =>
        IsUpToDate(request, held, key) ? ReadResult(request, selected, held.StateFile.Content) : null;

    /// <summary>The same key, the same directory, and every other file still there with its length: nothing is to be done.</summary>
    private static bool IsUpToDate(RootfsRequest request, DestinationLock held, string key)
    {
        (Destination destination, StateFile state) = (held.Destination, held.StateFile);
        return state.Content.Key == key
            && destination.Parent.Stat(destination.Name) is { IsDirectory: true } tree && state.Owns(tree)
            && Stands(request.ConfigJson) && Stands(request.ConfigProps) && Stands(request.Manifest);

        bool Stands(string? output) => output is null
            || (state.Content.Outputs.FirstOrDefault(o => o.Path == output) is { } written && new FileInfo(output) is { Exists: true } file && file.Length == written.Length);
    }

    /// <summary>
    /// What the extraction that is still good had found; from its own output where there is one, so that no blob is read. Null where the
    /// state file speaks of other layers than the image has.
    /// </summary>
    private static RootfsResult? ReadResult(RootfsRequest request, SelectedManifest selected, StateContent content)
    {
        if (TryRead(request) is { } written && written.ManifestDigest == selected.Descriptor.Digest.ToString())
            return written;
        SelectedImage image = selected.Load();
        return content.LayerOrder.Order().SequenceEqual(Enumerable.Range(0, image.Layers.Count)) ? image.ToResult(content.LayerOrder, extracted: false) : null;
    }

    private static RootfsResult? TryRead(RootfsRequest request)
    {
        try
        {
            return request.ConfigJson is null ? null : ConfigJson.Read(File.ReadAllBytes(request.ConfigJson), request.Limits);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The image says the same.
            return null;
        }
    }
}
