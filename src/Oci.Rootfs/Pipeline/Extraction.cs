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
    RootfsRequest request, ImageSource source, Destination destination, StateFile state, Privileges privileges, SharedLayers? shared,
    RootfsLog log, CancellationToken cancellation)
{
    /// <summary>More did not help on any machine measured: the parser feeds them, and it is one.</summary>
    private const int MostWriters = 4;

    public RootfsResult Run(SelectedImage image, string key)
    {
        DestinationGuard guard = new(destination, state);
        destination.RefuseMounts();
        guard.RefuseForeign();
        guard.RefuseForeignStaging();
        List<OutputFile> outputs = [];
        try
        {
            return TryRun(image, key, request.Ownership, outputs) ?? TryRun(image, key, Ownership.Record, outputs)!;
        }
        catch
        {
            CleanUp(outputs);
            throw;
        }
    }

    private void CleanUp(List<OutputFile> outputs)
    {
        try
        {
            Discard(outputs);
            destination.RemoveStaging();
        }
        catch (OciException e)
        {
            // The error that led here is the one to tell; the next build under the lock tries again.
            log.Detail(e.Message);
        }
    }

    /// <returns>Null when an owner can't be set that was to be: then all are only recorded, and everything is done again.</returns>
    private RootfsResult? TryRun(SelectedImage image, string key, Ownership ownership, List<OutputFile> outputs)
    {
        destination.RemoveStaging();
        using DirectoryHandle root = destination.MakePrivate(destination.StagingName);
        OwnershipPolicy policy = OwnershipProbe.Decide(ownership, request.MakeWritable, privileges, root);
        MetadataWriter metadata = new(policy, log);
        PathTable paths = new();
        DirectoryHandle aside = destination.MakePrivate(destination.AsideName);
        using StagingTree staging = new(paths, root.Hold(), aside);
        using SmallFileWriters small = new(metadata, Math.Clamp(request.Cores, 1, MostWriters));
        try
        {
            using LayerSet layers = new(source, image, request.Limits, request.UseIsal, log, cancellation, shared);
            ContentWriter writer = new(staging, metadata, small, cancellation);
            (RootfsTree tree, LayerTable[] tables, int[] order) = Read(layers, staging, writer);
            RootfsResult result = image.ToResult(order, extracted: true);
            Materializer materializer = new(tree, order, staging, metadata, cancellation);
            using (WorkerThread preparing = new("OCI outputs", () => PrepareOutputs(tree, result, image.ConfigBytes, outputs)))
            {
                small.Flush();
                materializer.Run(missing =>
                {
                    log.Detail(string.Create(CultureInfo.InvariantCulture, $"Fetching {missing.Count} contents in a second pass."));
                    new SecondPass(layers, tables, request.Limits, writer, paths, cancellation).Fetch(missing);
                    small.Flush();
                });
                preparing.Finish();
            }
            if (RecordedOnly.Describe(tree, policy, privileges) is { } recorded)
                log.Summary(recorded);
            destination.RemoveAside();
            new Publisher(destination, state, log).Publish(root, key, order, PathsOnDisk(tree, policy), outputs);
            outputs.Clear();
            return result;
        }
        catch (UnmappedOwnerException e)
        {
            Discard(outputs);
            return ownership == Ownership.Preserve ? throw e.ToError() : null;
        }
    }

    /// <returns>The merged tree, the layers' tables in the manifest's order, and for each place in the order of application which is applied there.</returns>
    private (RootfsTree Tree, LayerTable[] Tables, int[] Order) Read(LayerSet layers, StagingTree staging, ContentWriter writer)
    {
        TreeLimits treeLimits = new(request.Limits);
        LayerReader reader = new(layers, request.Cores, staging.Paths, request.Limits, treeLimits, log, cancellation);
        (LayerTable[] tables, int[] order) = reader.ReadAll(new WriteAhead(staging, writer));
        LayerTable[] bottomToTop = new LayerTable[order.Length];
        bool reordered = false;
        for (int place = 0; place < order.Length; place++)
        {
            bottomToTop[place] = tables[order[place]];
            reordered |= order[place] != place;
        }
        if (reordered)
            IntegrityErrors.WarnLayerOrder(log, source.DisplayName);
        RootfsTree tree = LayerMerge.Merge(staging.Paths, bottomToTop,
            new MergeOptions(request.KeepDirectorySymlinks, request.SourceDateEpoch), treeLimits, log, place => layers.Label(order[place]));
        return (tree, tables, order);
    }

    /// <summary>Reads the tree and nothing else: it runs while the tree is materialised.</summary>
    private void PrepareOutputs(RootfsTree tree, RootfsResult result, byte[] config, List<OutputFile> outputs)
    {
        Prepare(request.ConfigJson, stream => ConfigJson.Write(stream, result, config));
        Prepare(request.ConfigProps, stream => ConfigProps.Write(stream, request.Name, result));
        Prepare(request.Manifest, stream => Mtree.Write(tree, stream, request.Limits));

        void Prepare(string? path, Action<Stream> write)
        {
            if (path is not null)
                outputs.Add(OutputFile.Prepare(path, write));
        }
    }

    private static void Discard(List<OutputFile> outputs)
    {
        foreach (OutputFile output in outputs)
            output.Discard();
        outputs.Clear();
    }

    private static long PathsOnDisk(RootfsTree tree, OwnershipPolicy policy) =>
        policy.Devices ? tree.Count : tree.InOrder().LongCount(path => tree[path]!.Kind is not (InodeKind.CharacterDevice or InodeKind.BlockDevice));
}
