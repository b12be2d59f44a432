using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>All layers of an image, read and verified.</summary>
/// <param name="Tables">The layers' tables, by number in the manifest.</param>
/// <param name="Order">The number of the layer that is applied at each place (rule 84).</param>
internal sealed record ReadLayers(IReadOnlyList<LayerTable> Tables, IReadOnlyList<int> Order)
{
    /// <summary>The tables in the order of application.</summary>
    public IReadOnlyList<LayerTable> BottomToTop => [.. Order.Select(layer => Tables[layer])];

    /// <summary>Whether the manifest lists the layers in another order than the order of application.</summary>
    public bool IsReordered => Order.Where(static (layer, place) => layer != place).Any();
}
