using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>All layers of an image, read and verified.</summary>
/// <param name="Layers">The layers, by number in the manifest.</param>
/// <param name="Order">The number of the layer that is applied at each place (rule 84).</param>
internal sealed record ReadLayers(IReadOnlyList<KnownLayer> Layers, IReadOnlyList<int> Order)
{
    /// <summary>The table of a layer, by its number in the manifest.</summary>
    public LayerTable Table(int layer) => Layers[layer].Table;

    /// <summary>The tables in the order of application.</summary>
    public IReadOnlyList<LayerTable> BottomToTop
    {
        get
        {
            List<LayerTable> tables = new(Order.Count);
            foreach (int layer in Order)
                tables.Add(Table(layer));
            return tables;
        }
    }

    /// <summary>Whether the manifest lists the layers in another order than the order of application.</summary>
    public bool IsReordered
    {
        get
        {
            for (int place = 0; place < Order.Count; place++)
            {
                if (Order[place] != place)
                    return true;
            }
            return false;
        }
    }
}
