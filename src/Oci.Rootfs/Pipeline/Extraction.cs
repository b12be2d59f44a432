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
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>One extraction that has work to do: read → merge → materialise → publish. The destination is touched only by the last step.</summary>
internal sealed class Extraction(
    RootfsRequest request, ImageSource source, DestinationLock held, Privileges privileges, SharedLayers? shared, EngineContext context)
{
    /// <summary>More did not help on any machine measured: the parser feeds them, and it is one.</summary>
    private const int MostWriters = 4;

    private readonly Destination _destination = held.Destination;

    /// <summary>Complete under temporary names, not yet published.</summary>
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

    /// <summary>An owner that can't be set, met half-way: then all are only recorded, and everything is done again.</summary>
    private RootfsResult RunWithWayBack(SelectedImage image, string key)
    {
        try
        {
            return Run(image, key, request.Ownership);
        }
        catch (UnmappedOwnerException e)
        {
            DiscardOutputs();
            return request.Ownership == Ownership.Preserve ? throw e.ToError() : Run(image, key, Ownership.Record);
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
            // The error that led here is the one to tell; the next build under the lock tries again.
            context.Log.Detail(e.Message);
        }
    }

    private RootfsResult Run(SelectedImage image, string key, Ownership ownership)
    {
        _destination.RemoveStaging();
        using DirectoryHandle root = _destination.MakePrivate(_destination.StagingName);
        OwnershipPolicy policy = OwnershipProbe.Decide(ownership, request.MakeWritable, privileges, root);
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
        RootfsResult result = image.ToResult(read.Order, extracted: true);
        Materializer materializer = new(tree, staging, metadata, context.Cancellation);
        using (WorkerThread preparing = new("OCI outputs", () => PrepareOutputs(tree, result, image.ConfigBytes)))
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
        if (RecordedOnly.Describe(tree, policy, privileges) is { } recorded)
            context.Log.Summary(recorded);
        _destination.RemoveAside();
        new Publisher(_destination, held.State, context.Log).Publish(root, key, read.Order, PathsOnDisk(tree, policy), _outputs);
        _outputs.Clear();
        return result;
    }

    private RootfsTree Merge(LayerSet layers, ReadLayers read, PathTable paths, TreeLimits limits)
    {
        if (read.IsReordered)
            IntegrityErrors.WarnLayerOrder(context.Log, source.DisplayName);
        MergeOptions options = new(request.KeepDirectorySymlinks, request.SourceDateEpoch);
        return LayerMerge.Merge(paths, read.BottomToTop, options, limits, context, place => layers.Label(read.Order[place]));
    }

    /// <summary>Reads the tree and nothing else: it runs while the tree is materialised.</summary>
    private void PrepareOutputs(RootfsTree tree, RootfsResult result, byte[] config)
    {
        Prepare(request.ConfigJson, stream => ConfigJson.Write(stream, result, config));
        Prepare(request.ConfigProps, stream => ConfigProps.Write(stream, request.Name, result));
        Prepare(request.Mtree, stream => Mtree.Write(tree, stream, context));

        void Prepare(string? path, Action<Stream> write)
        {
            if (path is not null)
                _outputs.Add(OutputFile.Prepare(path, write));
        }
    }

    private void DiscardOutputs()
    {
        foreach (OutputFile output in _outputs)
            output.Discard();
        _outputs.Clear();
    }

    private static long PathsOnDisk(RootfsTree tree, OwnershipPolicy policy) =>
        policy.Devices ? tree.Count : tree.InOrder().LongCount(path => tree[path]!.Kind is not (EntryKind.CharacterDevice or EntryKind.BlockDevice));
}
