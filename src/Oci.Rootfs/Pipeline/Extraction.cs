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
        (RootfsTree tree, LayerTable[] tables, int[] order) = Read(layers, staging, writer);
        RootfsResult result = image.ToResult(order, extracted: true);
        Materializer materializer = new(tree, order, staging, metadata, context.Cancellation);
        using (WorkerThread preparing = new("OCI outputs", () => PrepareOutputs(tree, result, image.ConfigBytes)))
        {
            small.Flush();
            materializer.Run(missing =>
            {
                context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Fetching {missing.Count} contents in a second pass."));
                new SecondPass(layers, tables, context, writer, paths).Fetch(missing);
                small.Flush();
            });
            preparing.Finish();
        }
        if (RecordedOnly.Describe(tree, policy, privileges) is { } recorded)
            context.Log.Summary(recorded);
        _destination.RemoveAside();
        new Publisher(_destination, held.State, context.Log).Publish(root, key, order, PathsOnDisk(tree, policy), _outputs);
        _outputs.Clear();
        return result;
    }

    /// <returns>The merged tree, the layers' tables in the manifest's order, and for each place in the order of application which is applied there.</returns>
    private (RootfsTree Tree, LayerTable[] Tables, int[] Order) Read(LayerSet layers, StagingTree staging, ContentWriter writer)
    {
        TreeLimits treeLimits = new(request.Limits);
        LayerReader reader = new(layers, request.Cores, staging.Paths, context, treeLimits);
        (LayerTable[] tables, int[] order) = reader.ReadAll(new WriteAhead(staging, writer));
        LayerTable[] bottomToTop = new LayerTable[order.Length];
        bool reordered = false;
        for (int place = 0; place < order.Length; place++)
        {
            bottomToTop[place] = tables[order[place]];
            reordered |= order[place] != place;
        }
        if (reordered)
            IntegrityErrors.WarnLayerOrder(context.Log, source.DisplayName);
        RootfsTree tree = LayerMerge.Merge(staging.Paths, bottomToTop,
            new MergeOptions(request.KeepDirectorySymlinks, request.SourceDateEpoch), treeLimits, context, place => layers.Label(order[place]));
        return (tree, tables, order);
    }

    /// <summary>Reads the tree and nothing else: it runs while the tree is materialised.</summary>
    private void PrepareOutputs(RootfsTree tree, RootfsResult result, byte[] config)
    {
        OutputContent content = new(tree, result, config, request.Name, context);
        foreach (RequestedOutput output in request.Outputs)
            _outputs.Add(OutputFile.Prepare(output.Path, stream => OutputWriters.Write(output.Kind, content, stream)));
    }

    private void DiscardOutputs()
    {
        foreach (OutputFile output in _outputs)
            output.Discard();
        _outputs.Clear();
    }

    private static long PathsOnDisk(RootfsTree tree, OwnershipPolicy policy) =>
        policy.Devices ? tree.Count : tree.InOrder().LongCount(path => tree[path]!.Kind is not (InodeKind.CharacterDevice or InodeKind.BlockDevice));
}
