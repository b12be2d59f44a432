using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>All layers of an image, read and verified.</summary>
/// <param name="Tables">By the layer's number in the manifest.</param>
/// <param name="Order">For each place in the order of application the number of the layer that is applied there (rule 84).</param>
internal sealed record ReadLayers(IReadOnlyList<LayerTable> Tables, IReadOnlyList<int> Order)
{
    /// <summary>In the order in which they are applied.</summary>
    public IReadOnlyList<LayerTable> BottomToTop => [.. Order.Select(layer => Tables[layer])];

    /// <summary>The manifest lists the layers in another order than the one in which they are applied.</summary>
    public bool IsReordered => Order.Where(static (layer, place) => layer != place).Any();
}
