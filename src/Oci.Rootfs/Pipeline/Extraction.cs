using System.Globalization;
using System.Runtime.Versioning;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>
/// One extraction into a directory, with work to do: read → merge → materialise → publish. Only the last step touches the destination.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Extraction(
    RootfsRequest request, ImageSource source, DestinationLock held, Privileges privileges, SharedLayers? shared, EngineContext context)
{
    /// <summary>More writer threads did not help on any machine measured.</summary>
    private const int MostWriters = 4;

    private readonly Destination _destination = held.Destination;

    /// <param name="image">The image to extract.</param>
    /// <param name="key">The tree's key.</param>
    /// <param name="archives">The key of the archives, and those to write.</param>
    public RootfsResult Run(SelectedImage image, string key, ArchiveWork archives)
    {
        DestinationGuard guard = new(_destination, held.State);
        _destination.RefuseMounts();
        guard.RefuseForeign();
        guard.RefuseForeignStaging();
        try
        {
            return RunWithWayBack(image, key, archives);
        }
        catch
        {
            CleanUp();
            throw;
        }
    }

    /// <summary>
    /// The system may refuse some metadata half-way. Then the engine does everything again and only records the whole kind.
    /// </summary>
    private RootfsResult RunWithWayBack(SelectedImage image, string key, ArchiveWork archives)
    {
        WayBack wayBack = new(request.Ownership, request.MakeWritable, privileges);
        while (true)
        {
            try
            {
                return Run(image, key, archives, wayBack);
            }
            catch (RefusedException e)
            {
                wayBack.Add(e);
                context.Log.Detail($"The extraction starts again and only records {e.Demand.What} and all that is like it ({e.Why}).");
            }
        }
    }

    private void CleanUp()
    {
        try
        {
            _destination.RemoveStaging();
        }
        catch (OciException e)
        {
            // The caller reports the error that led here; the next build under the lock tries to remove it again.
            context.Log.Detail(e.Message);
        }
    }

    private RootfsResult Run(SelectedImage image, string key, ArchiveWork archives, WayBack wayBack)
    {
        _destination.Remains.Clear(context);
        using DirectoryHandle root = _destination.MakePrivate(_destination.StagingName);
        OwnershipPolicy policy = wayBack.Decide(root);
        MetadataWriter metadata = new(policy, context.Log);
        using ImageReading reading = new(request, source, image, shared, context);
        DirectoryHandle aside = _destination.MakePrivate(_destination.AsideName);
        using StagingTree staging = new(reading.Paths, root.Hold(), aside);
        using SmallFileWriters small = new(metadata, Math.Clamp(request.Cores, 1, MostWriters), LayerReader.ParsersFor(request.Cores, image.Layers.Count));
        bool readsContents = PreparedOutputs.ReadContents(request, archives.Stale);
        // Modes may take the right to read away from us.
        bool keepReadable = readsContents && !privileges.ReadsAll;
        ContentWriter writer = new(staging, metadata, small, keepReadable, context.Cancellation);
        RootfsTree tree = reading.Read(new WriteAhead(staging, writer));
        RecordedOnly recorded = wayBack.Record(tree, policy);
        RootfsResult result = image.ToResult(reading.Order, extracted: true);
        using PreparedOutputs outputs = new(request, archives.Stale, context);
        Materializer materializer = new(tree, staging, metadata, filesLast: keepReadable, reading.Progress, context.Cancellation);
        using (WorkerThread preparing = new("OCI outputs", () => outputs.WriteDocuments(tree, result, image)))
        {
            small.Flush();
            materializer.Place(missing =>
            {
                reading.Fetch([.. missing.Select(static m => m.Content)], new MissingContents(missing, writer, reading.Paths));
                small.Flush();
            });
            outputs.BeginArchives(tree, result, image, () => new StagedContents(staging, root.Hold()));
            if (readsContents)
                WriteDocuments(outputs, tree, result, image, new StagedContents(staging, root.Hold()));
            materializer.MakeNodes();
            if (keepReadable)
                outputs.FinishReading();
            materializer.Finish();
            preparing.Finish();
        }
        outputs.FinishArchives();
        context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Contents written in vain: {materializer.Vain}."));
        context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Directories were opened {staging.DirectoriesOpened} times."));
        if (recorded.Describe() is { } text)
            context.Log.Summary(text);
        _destination.Remove(_destination.AsideName).ThrowIfFailed();
        List<string> replaced = FilesOfPlatforms();
        new Publisher(_destination, held.State, context).Publish(root, key, reading.Order, PathsOnDisk(tree, policy), outputs.Files, archives, wayBack.ToTryAgain(recorded), TreeMaker.Of(request));
        outputs.Published();
        TreeExposure.Warn(tree, policy, _destination, context.Log);
        OwnedTrees.TryRemoveFiles(replaced, context);
        return result;
    }

    private static void WriteDocuments(PreparedOutputs outputs, RootfsTree tree, RootfsResult result, SelectedImage image, ITreeContents contents)
    {
        using (contents)
            outputs.WriteDocuments(tree, result, image, contents);
    }

    /// <summary>The files of the trees of several platforms that stand where the one tree will be.</summary>
    private List<string> FilesOfPlatforms() => held.State.Content.HoldsTrees
        ? OwnedTrees.FilesWithin(_destination.ShownPath, name => EachPlatform.OutputsOf(request.Outputs.Select(static o => o.Path), name), context)
        : [];

    private static long PathsOnDisk(RootfsTree tree, OwnershipPolicy policy)
    {
        long paths = 0;
        foreach (int path in tree.InOrder())
        {
            if (policy.Makes(tree[path]!))
                paths++;
        }
        return paths;
    }
}
