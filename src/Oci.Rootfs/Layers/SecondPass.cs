using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>Fetches the contents that the write-ahead guessed would not be needed: each layer that has some is read once more, and verified again.</summary>
internal sealed class SecondPass(LayerSet layers, LayerTable[] tables, EngineContext context, ContentWriter writer, PathTable paths)
{
    public void Fetch(IEnumerable<MissingContent> missing)
    {
        InflationBudget budget = new(context.Limits);
        foreach (IGrouping<int, MissingContent> group in missing.GroupBy(static m => m.Content.Layer))
        {
            layers.InLayer(group.Key, () =>
            {
                using LayerInput input = layers.Open(group.Key, budget);
                Fetch(input, tables[group.Key], group.ToDictionary(m => tables[m.Content.Layer][m.Content.Row].Ordinal));
            });
        }
    }

    private void Fetch(LayerInput input, LayerTable table, Dictionary<int, MissingContent> wanted)
    {
        TarReader tar = new(input, context.Quiet);
        while (tar.Read() is { } entry)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            if (!wanted.Remove(entry.Ordinal, out MissingContent? item))
                continue;
            if (entry.Size != table[item.Content.Row].Size)
                throw IntegrityErrors.ChangedWhileRead();
            writer.Write(tar, item.Content, item.Path, paths.Bytes(item.Path), item.Metadata, entry.Size);
        }
        tar.Drain();
        _ = input.Digests(); // The blob's own size and digest are checked while it is read.
        if (wanted.Count > 0)
            throw IntegrityErrors.ChangedWhileRead();
    }
}
