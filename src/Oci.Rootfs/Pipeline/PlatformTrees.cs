using System.Text;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Spec;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Pipeline;

/// <summary>
/// The directory that holds an image's trees, one a platform, each with its own state file beside it. The directory has a state file too:
/// it is ours, locked while we work in it, and replaced or removed as a whole when another kind of extraction takes its place.
/// </summary>
internal sealed class PlatformTrees : IDisposable
{
    private readonly RootfsRequest _request;
    private readonly DestinationLock _held;
    private readonly bool _mayWork;

    private PlatformTrees(RootfsRequest request, DestinationLock held, bool mayWork)
    {
        _request = request;
        _held = held;
        _mayWork = mayWork;
    }

    /// <summary>The files that a build writes with the tree of one platform.</summary>
    public static IEnumerable<string> OutputsOf(IEnumerable<string> outputs, string name) => outputs.Select(o => Insert(o, name));

    /// <summary>Makes a tree for each platform of the image. An error leaves those that were done before it.</summary>
    public static List<RootfsExtraction> Extract(RootfsRequest request, ImageSource source, EngineContext context)
    {
        IReadOnlyList<PlatformImage> images = ImageSelector.SelectAll(source, request.Reference, context);
        using PlatformTrees trees = Open(request, images.Select(static i => i.Name).ToHashSet(StringComparer.Ordinal), context);
        return ExtractEach(request, source, images, context);
    }

    /// <summary>What is up to date is found first: layers are kept only for images that have work to do.</summary>
    private static List<RootfsExtraction> ExtractEach(RootfsRequest request, ImageSource source, IReadOnlyList<PlatformImage> images, EngineContext context)
    {
        RootfsRequest[] requests = [.. images.Select(image => RequestFor(request, image))];
        TreeBuild[] builds = [.. images.Select((image, i) => new TreeBuild(requests[i], source, image.Manifest, context))];
        RootfsResult?[] upToDate = [.. builds.Select(static build => build.FindUpToDate())];
        using SharedLayers shared = new(images.Where((_, i) => upToDate[i] is null).Select(Blobs), request.RootfsDirectory);
        List<RootfsExtraction> extractions = [];
        for (int i = 0; i < requests.Length; i++)
        {
            RootfsResult? result = upToDate[i];
            if (result is null)
            {
                result = builds[i].FindOrExtract(shared);
                shared.Done(Blobs(images[i]));
            }
            extractions.Add(new RootfsExtraction(requests[i], result));
        }
        return extractions;

        static IEnumerable<Digest> Blobs(PlatformImage image) => image.Manifest.Layers.Select(static l => l.Digest);
    }

    /// <summary>The request for one platform's tree: everything it writes bears the platform's name.</summary>
    private static RootfsRequest RequestFor(RootfsRequest request, PlatformImage image) => request with
    {
        RootfsDirectory = Path.Combine(request.RootfsDirectory, image.Name),
        Name = $"{request.Name}-{image.Name}",
        Platform = image.Platform.ToString(),
        Outputs = [.. request.Outputs.Select(output => output with { Path = Insert(output.Path, image.Name) })],
    };

    /// <summary>Makes and locks the directory, and removes the trees of platforms that the image no longer has.</summary>
    /// <param name="request">The whole image's.</param>
    /// <param name="names">The platforms that it has.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <exception cref="OciException">The directory is not ours; or there is work to do, and none may be done.</exception>
    private static PlatformTrees Open(RootfsRequest request, IReadOnlySet<string> names, EngineContext context)
    {
        bool mayWork = !request.FailIfNotUpToDate;
        DestinationLock held = DestinationLock.Take(request.RootfsDirectory, mayWork, context) ?? throw BuildErrors.NotUpToDate(request.RootfsDirectory);
        try
        {
            return held.Do(() =>
            {
                PlatformTrees trees = new(request, held, mayWork);
                trees.Prepare(names, context);
                return trees;
            });
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Where no tree came about, no directory stays either.</summary>
    public void Dispose()
    {
        if (_mayWork && Destination.Parent.Unlink(Destination.Name, directory: true) == 0)
            _held.GiveBack();
        _held.Dispose();
    }

    private Destination Destination => _held.Destination;

    private StateFile State => _held.State;

    private void Prepare(IReadOnlySet<string> names, EngineContext context)
    {
        DestinationGuard guard = new(Destination, State);
        guard.RefuseForeign();
        Linux.StatXResult? existing = Destination.Parent.Stat(Destination.Name);
        bool ready = State.Content.HoldsTrees && existing is { } directory && State.Owns(directory);
        if (!_mayWork)
        {
            if (!ready || OwnedTrees.NamesWithin(Destination.ShownPath).Any(n => !names.Contains(n)))
                throw BuildErrors.NotUpToDate(Destination.ShownPath);
            return;
        }
        if (ready)
        {
            OwnedTrees.RemoveWithin(Destination.ShownPath, names, OutputsOf, context);
            return;
        }

        // Nothing, an empty directory, or one tree of ours where there are to be several.
        guard.RefuseForeignStaging();
        Destination.RefuseMounts();
        State.Write(State.Content with { Key = null });
        Destination.Remains.Clear(context);
        MakeWay(context);
        Make();
    }

    private IEnumerable<string> OutputsOf(string name) => OutputsOf(_request.Outputs.Select(static o => o.Path), name);

    /// <summary>The tree that stands there is moved away by one rename before it is removed.</summary>
    private void MakeWay(EngineContext context)
    {
        if (Destination.Parent.Rename(Destination.Name, Destination.Parent, Destination.AsideName) != 0 && Linux.Errno != Errno.NotFound)
            throw DiskErrors.FromErrno(Linux.Errno, "moving the old tree away", Encoding.UTF8.GetBytes(Destination.ShownPath));
        Destination.Remains.TryRemove(context);
    }

    /// <summary>The state file names the directory before it has its name: it is never there without being ours.</summary>
    private void Make()
    {
        using DirectoryHandle directory = Destination.MakePrivate(Destination.StagingName);
        TreeIdentity identity = StateFile.Identity(directory.StatSelf() ?? throw DiskErrors.Changed(Destination.StagingName));
        State.Write(new StateContent(StateContent.KeyOfTrees, [identity], 0, [], []));
        if (Linux.EffectiveUserId() != 0)
            _ = Linux.Chmod(directory.Fd, 0b111_101_101);
        if (Destination.Parent.Rename(Destination.StagingName, Destination.Parent, Destination.Name) != 0)
            throw DiskErrors.FromErrno(Linux.Errno, "making the directory of the platforms' trees", Encoding.UTF8.GetBytes(Destination.ShownPath));
    }

    /// <summary><c>app.config.json</c> → <c>app.config.linux-arm64.json</c>.</summary>
    private static string Insert(string path, string name)
    {
        string extension = Path.GetExtension(path);
        return $"{path[..^extension.Length]}.{name}{extension}";
    }
}
