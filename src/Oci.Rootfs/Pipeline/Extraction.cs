using System.Globalization;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>One extraction with work to do: read → merge → materialise → publish. Only the last step touches the destination.</summary>
internal sealed class Extraction(
    RootfsRequest request, ImageSource source, DestinationLock held, Privileges privileges, SharedLayers? shared, EngineContext context)
{
    /// <summary>More writer threads did not help on any machine measured, because the one parser feeds them all.</summary>
    private const int MostWriters = 4;

    private readonly Destination _destination = held.Destination;

    /// <summary>Output files that are complete under temporary names and not yet published.</summary>
    private readonly List<OutputFile> _outputs = [];

    public RootfsResult Run(SelectedImage image, string key)
    {
        if (image.Layers.Count > request.Limits.MaxLayers)
            throw LimitErrors.Layers(request.Limits.MaxLayers, image.Layers.Count);
        DestinationGuard guard = new(_destination, held.State);
        _destination.RefuseMounts();
        guard.RefuseForeign();
        guard.RefuseForeignStaging();
        try
        {
            return RunWithWayBack(image, key);
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
    private RootfsResult RunWithWayBack(SelectedImage image, string key)
    {
        WayBack wayBack = new(request.Ownership, request.MakeWritable, privileges);
        while (true)
        {
            try
            {
                return Run(image, key, wayBack);
            }
            catch (RefusedException e)
            {
                DiscardOutputs();
                wayBack.Add(e);
                context.Log.Detail($"The extraction starts again and only records {e.Demand.What} and all that is like it ({e.Why}).");
            }
        }
    }

    private void CleanUp()
    {
        try
        {
            DiscardOutputs();
            _destination.RemoveStaging();
        }
        catch (OciException e)
        {
            // The caller reports the error that led here; the next build under the lock tries to remove it again.
            context.Log.Detail(e.Message);
        }
    }

    private RootfsResult Run(SelectedImage image, string key, WayBack wayBack)
    {
        _destination.Remains.Clear(context);
        using DirectoryHandle root = _destination.MakePrivate(_destination.StagingName);
        OwnershipPolicy policy = wayBack.Decide(root);
        MetadataWriter metadata = new(policy, context.Log);
        PathTable paths = new();
        DirectoryHandle aside = _destination.MakePrivate(_destination.AsideName);
        using StagingTree staging = new(paths, root.Hold(), aside);
        using SmallFileWriters small = new(metadata, Math.Clamp(request.Cores, 1, MostWriters));
        using LayerSet layers = new(source, image, context, shared);
        ContentWriter writer = new(staging, metadata, small, context.Cancellation);
        TreeLimits treeLimits = new(request.Limits);
        ReadLayers read = new LayerReader(layers, request.Cores, paths, context, treeLimits).ReadAll(new WriteAhead(staging, writer));
        RootfsTree tree = Merge(layers, read, paths, treeLimits);
        RecordedOnly recorded = wayBack.Record(tree, policy);
        RootfsResult result = image.ToResult(read.Order, extracted: true);
        Materializer materializer = new(tree, staging, metadata, context.Cancellation);
        using (WorkerThread preparing = new("OCI outputs", () => PrepareOutputs(tree, result, image)))
        {
            small.Flush();
            materializer.Run(missing =>
            {
                context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Fetching {missing.Count} contents in a second pass."));
                new SecondPass(layers, read, context).Fetch(missing.Select(static m => m.Content), new MissingContents(missing, writer, paths));
                small.Flush();
            });
            preparing.Finish();
        }
        context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Directories were opened {staging.DirectoriesOpened} times."));
        if (recorded.Describe() is { } text)
            context.Log.Summary(text);
        _destination.Remove(_destination.AsideName).ThrowIfFailed();
        List<string> replaced = FilesOfPlatforms();
        new Publisher(_destination, held.State, context).Publish(root, key, read.Order, PathsOnDisk(tree, policy), _outputs, wayBack.ToTryAgain(recorded), TreeMaker.Of(request));
        TreeExposure.Warn(tree, policy, _destination, context.Log);
        OwnedTrees.TryRemoveFiles(replaced, context);
        _outputs.Clear();
        return result;
    }

    /// <summary>The files of the trees of several platforms that stand where the one tree will be.</summary>
    private List<string> FilesOfPlatforms() => held.State.Content.HoldsTrees
        ? OwnedTrees.FilesWithin(_destination.ShownPath, name => PlatformTrees.OutputsOf(request.Outputs.Select(static o => o.Path), name), context)
        : [];

    private RootfsTree Merge(LayerSet layers, ReadLayers read, PathTable paths, TreeLimits limits)
    {
        if (read.IsReordered)
            IntegrityErrors.WarnLayerOrder(context.Log, source.DisplayName);
        MergeOptions options = new(request.KeepDirectorySymlinks, request.SourceDateEpoch);
        return LayerMerge.Merge(paths, read.BottomToTop, options, limits, context, place => layers.Label(read.Order[place]));
    }

    /// <summary>Runs while the tree is materialised, so it only reads the tree.</summary>
    private void PrepareOutputs(RootfsTree tree, RootfsResult result, SelectedImage image)
    {
        OutputContent content = new(tree, result, image.Platform, image.ConfigBytes, request, context);
        foreach (RequestedOutput output in request.Outputs)
            _outputs.Add(OutputFile.Prepare(output.Path, stream => OutputWriters.Write(output.Kind, content, stream)));
    }

    private void DiscardOutputs()
    {
        foreach (OutputFile output in _outputs)
            output.Discard();
        _outputs.Clear();
    }

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
