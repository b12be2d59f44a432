using System.Globalization;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>
/// Reads every layer once, the top one first, into its table, and offers the contents of its files to the write-ahead on the way. While
/// one layer is parsed, those below it are already being inflated, as far as their reserves reach.
/// </summary>
/// <param name="layers">The image's.</param>
/// <param name="cores">How many to keep busy.</param>
/// <param name="paths">Where the names go.</param>
/// <param name="context">Limits, log and cancellation.</param>
/// <param name="treeLimits">Of names and entries.</param>
internal sealed class LayerReader(
    LayerSet layers, int cores, PathTable paths, EngineContext context, TreeLimits treeLimits)
{
    /// <summary>Layers under way at once: with two below the one that is parsed both of two cores stay busy. More would cost memory.</summary>
    private readonly int _mostOpen = Math.Min(cores + 1, 3);

    private readonly DiffIdMatcher _places = new(layers.DiffIds);

    /// <returns>Tables in the manifest's order, and for each place in the order of application which of them is applied there.</returns>
    public (LayerTable[] Tables, int[] Order) ReadAll(WriteAhead ahead)
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
                    tables[layer] = Read(layer, input, ahead);
                    order[_places.Place(layer, input.Digests())] = layer;
                });
                ahead.EndLayer(tables[layer]);
            }
        }
        finally
        {
            foreach (LayerInput input in open)
                input.Dispose();
        }
        return (tables, order);
    }

    private LayerTable Read(int layer, LayerInput input, WriteAhead ahead)
    {
        context.Log.Normal($"Reading layer {layers.Label(layer)}.");
        TarReader tar = new(input, context);
        LayerTableBuilder builder = new(paths, treeLimits, context.Log, layers.Label(layer));
        LayerTable table = builder.Finish();
        while (tar.Read() is { } entry)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            int row = builder.Add(entry);
            if (row >= 0 && table[row].Kind == LayerRowKind.File)
                ahead.Offer(tar, new ContentRef(layer, row), table[row]);
        }
        tar.Drain();
        context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Layer {layers.Label(layer)}: {table.Count} entries, {input.Position} bytes inflated."));
        return table;
    }
}
