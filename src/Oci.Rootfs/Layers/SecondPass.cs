using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>Delivers contents that the first pass left: each layer with such contents is read and verified again.</summary>
internal sealed class SecondPass(LayerSet layers, ReadLayers read, EngineContext context)
{
    /// <param name="wanted">Contents of regular files.</param>
    /// <param name="sink">Gets these contents and no others.</param>
    public void Fetch(IEnumerable<ContentRef> wanted, IContentSink sink)
    {
        InflationBudget budget = new(context.Limits);
        foreach (IGrouping<int, ContentRef> group in wanted.GroupBy(static c => c.Layer))
        {
            layers.InLayer(group.Key, () =>
            {
                LayerTable table = read.Table(group.Key);
                using LayerInput input = layers.Open(group.Key, budget, context);
                Fetch(input, table, group.ToDictionary(c => table[c.Row].Ordinal), sink);
                sink.EndLayer(table);
            });
        }
    }

    private void Fetch(LayerInput input, LayerTable table, Dictionary<int, ContentRef> byOrdinal, IContentSink sink)
    {
        TarReader tar = new(input, context.Quiet);
        while (tar.Read() is { } entry)
        {
            context.ThrowIfCancelled();
            if (!byOrdinal.Remove(entry.Ordinal, out ContentRef content))
                continue;
            if (entry.Size != table[content.Row].Size)
                throw IntegrityErrors.ChangedWhileRead();
            sink.Offer(tar, content, table[content.Row]);
        }
        tar.Drain();
        _ = input.Digests(); // Only finishes the hashing: the blob's size and digest were checked during the read.
        if (byOrdinal.Count > 0)
            throw IntegrityErrors.ChangedWhileRead();
    }
}
