using Oci.Rootfs.Cache;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Pipeline;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;
using Oci.Rootfs.State;

namespace Oci.Rootfs;

/// <summary>From an image to a root filesystem: find, read, merge, materialise, publish. The only entrance to the engine.</summary>
public static class RootfsExtractor
{
    /// <summary><see cref="RootfsRequest.Platform"/> for all that the image has.</summary>
    public const string AllPlatforms = PlatformRequest.All;

    /// <summary>Makes the destination what the image says, or finds that it already is.</summary>
    /// <exception cref="OciException">Bad input or a failing system; the destination is as it was, or absent.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled; the destination is as it was, or absent.</exception>
    public static RootfsResult Extract(RootfsRequest request, CancellationToken cancellation = default) => Run(request, (source, context) =>
        new TreeBuild(request, source, ImageSelector.Select(source, request.Platform, request.Reference, context), context).FindOrExtract(), cancellation);

    /// <summary>
    /// As <see cref="Extract"/>. With <see cref="AllPlatforms"/> asked for, it makes a tree for each platform of the image, in a directory of
    /// its own within <see cref="RootfsRequest.RootfsDirectory"/>. An error leaves those that were done before it.
    /// </summary>
    public static IReadOnlyList<RootfsExtraction> ExtractAll(RootfsRequest request, CancellationToken cancellation = default) => IsAllPlatforms(request.Platform)
        ? Run(request, (source, context) => PlatformTrees.Extract(request, source, context), cancellation)
        : [new RootfsExtraction(request, Extract(request, cancellation))];

    /// <summary>
    /// Removes a tree that is ours, its state file and what a killed build left; does nothing where there is none. What can't be removed is
    /// told by a warning, and stays ours.
    /// </summary>
    /// <param name="rootfsDirectory">Absolute.</param>
    /// <param name="outputs">The image's other outputs as they were asked for. With the tree of each platform of an image go those of that platform.</param>
    /// <param name="log">Where messages go.</param>
    /// <param name="cancellation">Ends it; what is not removed by then stays.</param>
    /// <returns>True when something was removed.</returns>
    /// <exception cref="OciException">The directory is not ours, is in use by another build, or can't be removed.</exception>
    public static bool Clean(
        string rootfsDirectory, IReadOnlyList<string>? outputs = null, Action<RootfsMessage>? log = null, CancellationToken cancellation = default)
    {
        EngineContext context = new(new RootfsLimits(), new RootfsLog(log), cancellation);
        bool removed = OwnedTrees.Remove(rootfsDirectory, name => PlatformTrees.OutputsOf(outputs ?? [], name), context) is not null;
        context.Log.TellHidden();
        return removed;
    }

    /// <summary>Removes the archives unpacked into this directory, and the directory if nothing else is in it.</summary>
    /// <returns>True when there was one.</returns>
    /// <exception cref="OciException">It can't be removed.</exception>
    public static bool CleanCache(string cacheDirectory, Action<RootfsMessage>? log = null, CancellationToken cancellation = default) =>
        ArchiveCache.Clean(cacheDirectory, new EngineContext(new RootfsLimits(), new RootfsLog(log), cancellation));

    /// <summary>What the image has, and what of it <see cref="ExtractAll"/> would take. Writes nothing but, if need be, the cache.</summary>
    /// <exception cref="OciException">It is no image, or its index can't be read.</exception>
    public static RootfsListing List(RootfsRequest request, CancellationToken cancellation = default) =>
        Run(request, (source, context) => ImageLister.List(source, request.Platform, request.Reference, context), cancellation);

    internal static bool IsAllPlatforms(string? platform) => PlatformRequest.IsAll(platform);

    private static T Run<T>(RootfsRequest request, Func<ImageSource, EngineContext, T> work, CancellationToken cancellation)
    {
        EngineContext context = new(request.Limits, new RootfsLog(request.Log), cancellation) { UseNativeDecoders = request.UseNativeDecoders };
        ArchiveCache? cache = request.CacheDirectory is null ? null : new ArchiveCache(request.CacheDirectory, context, mayWrite: !request.FailIfNotUpToDate);
        try
        {
            using ImageSource source = ImageSources.Open(request.Image, context, cache);
            return work(source, context);
        }
        catch (OciException e)
        {
            throw e.At(image: request.Image.DisplayName);
        }
        finally
        {
            context.Log.TellHidden();
        }
    }
}
