using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Cache;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Own;
using Oci.Rootfs.Pipeline;
using Oci.Rootfs.Registry;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Sources;
using Oci.Rootfs.State;

namespace Oci.Rootfs;

/// <summary>
/// Makes a root filesystem from an image: find, read, merge, materialise, publish. This class is the only entrance to the engine.
/// </summary>
public static class RootfsExtractor
{
    /// <summary>The <see cref="RootfsRequest.Platform"/> for all platforms of the image.</summary>
    public const string AllPlatforms = PlatformRequest.All;

    /// <summary>
    /// Tells whether a text that a user wrote means an image in a registry: <c>docker://…</c>, <c>oci://…</c>, or a host, a repository and a
    /// digest. The text alone decides, never what is on disk. Forms that only other programs know count too; <see cref="InRegistry"/> refuses
    /// them.
    /// </summary>
    public static bool NamesRegistry(string text) => RegistryReference.IsMeantBy(text);

    /// <summary>Makes the reference of an image in a registry.</summary>
    /// <param name="text">As for <see cref="NamesRegistry"/>.</param>
    /// <exception cref="OciException">OCI8001: the text is no reference.</exception>
    public static ImageReference InRegistry(string text)
    {
        RegistryReference reference = RegistryReference.Parse(text);
        return new ImageReference(reference.ToString()) { DisplayName = text, Registry = reference.Host, RepositoryName = reference.ShortName };
    }

    /// <summary>Makes the destination equal to the image, or finds that it already is.</summary>
    /// <exception cref="OciException">Bad input or a failing system. The destination is as it was, or absent.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled. The destination is as it was, or absent.</exception>
    public static RootfsResult Extract(RootfsRequest request, CancellationToken cancellation = default) => Run(request, (source, context) =>
        OutputBuild.Of(OwnPreparation.Prepare(request, context), source, ImageSelector.Select(source, request.Platform, request.Reference, context), context).FindOrExtract(), cancellation, RequestCheck.Check);

    /// <summary>
    /// Makes one tree as <see cref="Extract"/> does. With <see cref="AllPlatforms"/>, it makes a tree for each platform of the image, in a
    /// directory of its own within <see cref="RootfsRequest.RootfsDirectory"/>. After an error the trees already made stay.
    /// </summary>
    public static IReadOnlyList<RootfsExtraction> ExtractAll(RootfsRequest request, CancellationToken cancellation = default) => IsAllPlatforms(request.Platform)
        ? Run(request, (source, context) => EachPlatform.Extract(OwnPreparation.Prepare(request, context), source, context), cancellation, RequestCheck.Check)
        : [new RootfsExtraction(request, Extract(request, cancellation))];

    /// <summary>
    /// Removes a tree of ours, its state file and the remains of killed builds. It does nothing where there is no such tree. It warns of
    /// paths that can't be removed. They stay ours.
    /// </summary>
    /// <param name="rootfsDirectory">The absolute path of the tree.</param>
    /// <param name="outputs">
    /// The image's other outputs as the user asked for them. With the tree of each platform, the engine removes the outputs of that
    /// platform.
    /// </param>
    /// <param name="treeList">The project's list of its trees. It knows a tree whose state file is gone; null for none.</param>
    /// <param name="log">Receives the messages.</param>
    /// <param name="cancellation">Ends the removal. The rest of the tree stays.</param>
    /// <returns>True when something was removed.</returns>
    /// <exception cref="OciException">The directory is not ours, is in use by another build, or can't be removed.</exception>
    public static bool Clean(
        string rootfsDirectory, IReadOnlyList<string>? outputs = null, string? treeList = null, Action<RootfsMessage>? log = null, CancellationToken cancellation = default)
    {
        // No other system has had a tree of ours.
        if (!HostSystem.IsLinux)
            return false;
        EngineContext context = new(new RootfsLimits(), new RootfsLog(log), cancellation);
        TreeList? list = treeList is null ? null : TreeList.Read(treeList);
        bool removed = OwnedTrees.Remove(rootfsDirectory, name => EachPlatform.OutputsOf(outputs ?? [], name), context, list) is not null;
        context.Log.TellHidden();
        return removed;
    }

    /// <summary>
    /// Removes the trees that a project made and no longer asks for, with their files. It warns of paths that can't be removed.
    /// </summary>
    /// <param name="treeList">The project's list of its trees (<see cref="RootfsRequest.TreeList"/>).</param>
    /// <param name="project">The project (<see cref="RootfsRequest.Project"/>).</param>
    /// <param name="kept">What the project still asks for. Only trees and outputs count.</param>
    /// <param name="question">True to remove nothing and fail if there is such a tree.</param>
    /// <param name="log">Receives the messages.</param>
    /// <param name="cancellation">Ends the removal. The rest stays.</param>
    /// <returns>True when something was removed.</returns>
    public static bool CleanUnwanted(
        string treeList, string project, IReadOnlyList<RootfsRequest> kept, bool question = false, Action<RootfsMessage>? log = null, CancellationToken cancellation = default)
    {
        EngineContext context = new(new RootfsLimits(), new RootfsLog(log), cancellation);
        if (!HostSystem.IsLinux)
            return false;
        UnwantedTrees trees = new(treeList, project, kept, EachPlatform.OutputsOf, context);
        if (question)
            return trees.Find() is { } tree ? throw BuildErrors.NotUpToDate(tree) : false;
        bool removed = trees.Remove();
        context.Log.TellHidden();
        return removed;
    }

    /// <summary>Removes a directory if nothing is in it. It removes nothing else, and follows no link at the end of the path.</summary>
    /// <returns>True when it removed the directory.</returns>
    public static bool RemoveIfEmpty(string directory) => HostSystem.IsLinux && Destination.RemoveIfEmpty(directory);

    /// <summary>
    /// Removes what a build without a directory made: its archives and documents, its state file, and what a killed build left of them.
    /// </summary>
    /// <param name="archives">The archives that the user asked for, by absolute paths.</param>
    /// <param name="outputs">All outputs that the user asked for. The engine removes no others, whatever the state file says.</param>
    /// <param name="log">Receives the messages.</param>
    /// <param name="cancellation">Ends the wait for another build.</param>
    /// <returns>True when something was removed.</returns>
    /// <exception cref="OciException">Something can't be removed.</exception>
    public static bool CleanArchives(
        IReadOnlyList<string> archives, IReadOnlyList<string> outputs, Action<RootfsMessage>? log = null, CancellationToken cancellation = default) =>
        OwnedArchives.Remove(archives, outputs, new EngineContext(new RootfsLimits(), new RootfsLog(log), cancellation));

    /// <summary>The file with the state of a build without a directory, beside its first archive.</summary>
    public static string StateFileOf(string archive) => ArchivePlace.StateFileOf(archive);

    /// <summary>Removes the archives unpacked into this directory. It also removes the directory if nothing else is in it.</summary>
    /// <returns>True when there was one.</returns>
    /// <exception cref="OciException">The cache can't be removed.</exception>
    public static bool CleanCache(string cacheDirectory, Action<RootfsMessage>? log = null, CancellationToken cancellation = default) =>
        HostSystem.IsLinux && ArchiveCache.Clean(cacheDirectory, new EngineContext(new RootfsLimits(), new RootfsLog(log), cancellation));

    /// <summary>Lists the image's content and what <see cref="ExtractAll"/> would take. At most it writes the cache.</summary>
    /// <exception cref="OciException">The path has no image, or the engine can't read its index.</exception>
    public static RootfsListing List(RootfsRequest request, CancellationToken cancellation = default) =>
        Run(request, (source, context) => ImageLister.List(source, request.Platform, request.Reference, context), cancellation);

    /// <summary>
    /// Fetches an image of a registry, with all that <see cref="ExtractAll"/> would read, and extracts nothing. An image on disk is only
    /// looked at.
    /// </summary>
    /// <exception cref="OciException">The image can't be had.</exception>
    public static void Fetch(RootfsRequest request, CancellationToken cancellation = default) => Run(
        request,
        (source, context) =>
        {
            IEnumerable<SelectedManifest> manifests = IsAllPlatforms(request.Platform)
                ? ImageSelector.SelectAll(source, request.Reference, context).Select(static platform => platform.Manifest)
                : [ImageSelector.Select(source, request.Platform, request.Reference, context)];
            foreach (SelectedManifest manifest in manifests)
                source.Fetch([.. manifest.Load().Layers.Reverse()]);
            return true;
        },
        cancellation);

    /// <summary>
    /// Asks the registry what the image's tag means now, and enters it into the lock file (<see cref="RegistryOptions.LockFile"/>). It does
    /// nothing for an image on disk, or with a digest.
    /// </summary>
    /// <exception cref="OciException">The registry can't be asked, or the lock file can't be written.</exception>
    public static void UpdateLock(RootfsRequest request, CancellationToken cancellation = default)
    {
        RootfsRequest updating = request with { Registries = request.Registries with { Update = true } };
        if (request.Image.Registry is not null && RegistryReference.Parse(request.Image.Location).Digest is null && request.Registries.LockFile is not null)
            Run(updating, static (source, _) => source.ReadIndex(), cancellation);
    }

    /// <summary>Removes the documents that <see cref="RegistryOptions.DocumentsDirectory"/> has of an image. It removes nothing else.</summary>
    /// <returns>True when there were some.</returns>
    public static bool CleanDocuments(string directory) => DocumentsLayout.Clean(directory);

    /// <summary>Removes all blobs from the store. Builds fetch again what they need.</summary>
    /// <param name="options">They name the store.</param>
    /// <param name="log">Receives the message that says how much went.</param>
    /// <exception cref="OciException">The store can't be removed.</exception>
    public static void CleanStore(RegistryOptions options, Action<RootfsMessage>? log = null) =>
        RegistryImage.CleanStore(options, new RootfsLog(log));

    internal static bool IsAllPlatforms(string? platform) => PlatformRequest.IsAll(platform);

    private static T Run<T>(RootfsRequest request, Func<ImageSource, EngineContext, T> work, CancellationToken cancellation, Action<RootfsRequest, EngineContext>? check = null)
    {
        EngineContext context = new(request.Limits, new RootfsLog(request.Log), cancellation)
        {
            UseNativeDecoders = request.UseNativeDecoders && HostSystem.IsLinux,
            Clock = request.Clock,
            Pause = request.Pause,
        };
        try
        {
            check?.Invoke(request, context);
            return RunOnce(request, work, context, isLast: false) is { } done ? done.Result : RunOnce(request, work, context, isLast: true)!.Result;
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

    /// <returns>Null where the work failed, and may succeed if it is done again.</returns>
    private static Done<T>? RunOnce<T>(RootfsRequest request, Func<ImageSource, EngineContext, T> work, EngineContext context, bool isLast)
    {
        // A mirror may have been the reason: the second time the registry itself is asked.
        using ImageSource source = Open(isLast ? request with { Registries = request.Registries with { Mirrors = [] } } : request, context);
        try
        {
            T result = work(source, context);
            source.Finish();
            return new Done<T>(result);
        }
        catch (OciException e)
        {
            if (isLast || !source.Mends(e))
                throw;
            context.Log.Detail($"The work is done again, because it failed with {e.Code}: {e.Message}");
            return null;
        }
    }

    private static ImageSource Open(RootfsRequest request, EngineContext context)
    {
        if (request.Image.Registry is not null)
        {
            return new RegistryImage(
                RegistryReference.Parse(request.Image.Location), request.Registries, request.Name, request.FailIfNotUpToDate ? request.MainPath : null, context)
            {
                DisplayName = request.Image.DisplayName,
            };
        }
        Func<SafeFileHandle, string, SafeFileHandle> unpack = request.CacheDirectory is null || !HostSystem.IsLinux
            ? new TemporaryArchive(request.RootfsDirectory ?? request.MainArchive ?? request.Image.Location, context).Open
            : new ArchiveCache(request.CacheDirectory, context, mayWrite: !request.FailIfNotUpToDate).Open;
        return ImageSources.Open(request.Image, context, unpack);
    }

    /// <param name="Result">What the work gave.</param>
    private sealed record Done<T>(T Result);
}
