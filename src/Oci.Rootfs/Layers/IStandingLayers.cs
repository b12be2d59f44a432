using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>Layers of an image that need not be read, because other trees have them: entries and contents.</summary>
internal interface IStandingLayers
{
    /// <summary>Whether a layer need not be read, by its number in the image.</summary>
    bool Has(int layer);

    /// <summary>Gives the layers the paths of the image, before anybody asks for one.</summary>
    /// <exception cref="Errors.OciException">A limit is reached.</exception>
    void Copy(PathTable paths, TreeLimits limits);

    /// <summary>A layer with the paths of the image; null for one that must be read.</summary>
    KnownLayer? this[int layer] { get; }

    /// <summary>Offers the contents of a layer that stand. What does not is left to a second pass. Called for several layers at once.</summary>
    void Offer(LayerTable layer, IContentSink sink, CancellationToken cancellation);

    /// <summary>The tree that has the layer, for messages.</summary>
    string Place(int layer);
}
