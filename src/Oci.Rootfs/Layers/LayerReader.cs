using System.Globalization;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>
/// Reads every layer once into its table, the top one first, and offers the contents of its files to a sink on the way. While it parses one
/// layer, other threads inflate the layers below, as far as their reserves reach.
/// </summary>
/// <param name="layers">The image's layers.</param>
/// <param name="cores">The number of cores to keep busy.</param>
/// <param name="paths">Collects the names of all layers.</param>
/// <param name="context">Limits, log and cancellation.</param>
/// <param name="treeLimits">The limits on names and entries.</param>
internal sealed class LayerReader(
    LayerSet layers, int cores, PathTable paths, EngineContext context, TreeLimits treeLimits)
{
    /// <summary>
    /// Layers that are open at once. With two below the one that is parsed, both of two cores stay busy. More would cost memory.
    /// </summary>
    private readonly int _mostOpen = Math.Min(cores + 1, 3);

    private readonly DiffIdMatcher _positions = new(layers.DiffIds);

    public ReadLayers ReadAll(IContentSink sink)
    {
        LayerTable[] tables = new LayerTable[layers.Count];
        int[] order = new int[layers.Count];
        InflationBudget budget = new(context.Limits);
        Queue<LayerInput> open = new();
        int toOpen = layers.Count - 1;
        try
        {
            for (int layer = layers.Count - 1; layer >= 0; layer--)
            {
                while (toOpen >= 0 && open.Count < _mostOpen)
                    open.Enqueue(layers.Open(toOpen--, budget));
                using LayerInput input = open.Dequeue();
                layers.InLayer(layer, () =>
                {
                    tables[layer] = Read(layer, input, budget, sink);
                    order[_positions.PositionOf(layer, input.Digests())] = layer;
                });
                sink.EndLayer(tables[layer]);
            }
        }
        catch
        {
            layers.Stop();
            throw;
        }
        finally
        {
            foreach (LayerInput input in open)
                input.Dispose();
        }
        return new ReadLayers(tables, order);
    }

    private LayerTable Read(int layer, LayerInput input, InflationBudget budget, IContentSink sink)
    {
        context.Log.Normal($"Reading layer {layers.Label(layer)}.");
        TarReader tar = new(input, context);
        LayerTableBuilder builder = new(paths, treeLimits, context.Log, layer, layers.Label(layer));
        LayerTable table = builder.Table;
        while (tar.Read() is { } entry)
        {
            context.ThrowIfCancelled();
            budget.Spend(tar.BlocksBeyondData);
            int row = builder.Add(entry);
            if (row >= 0 && table[row].Kind == EntryKind.File)
                sink.Offer(tar, new ContentRef(layer, row), table[row]);
        }
        tar.Drain();
        context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Layer {layers.Label(layer)}: {table.Count} entries, {input.Position} bytes inflated."));
        return table;
    }
}
