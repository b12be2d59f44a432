using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Layers;

/// <summary>
/// Layers that several images of one run have in common: inflated and verified for the first, which leaves the tar in a file without a
/// name for the others; for the last nothing is written, and after it the file goes. Thread-safe.
/// </summary>
internal sealed class SharedLayers : IDisposable
{
    private readonly Dictionary<Digest, SharedLayer> _layers;

    /// <param name="images">The layers' blobs of each image that will be read.</param>
    /// <param name="directory">Where the tars go: on the file system that the trees are on.</param>
    public SharedLayers(IEnumerable<IEnumerable<Digest>> images, string directory) =>
        _layers = images.SelectMany(static image => image.Distinct()).CountBy(static d => d).Where(static d => d.Value > 1)
            .ToDictionary(static d => d.Key, d => new SharedLayer(directory, d.Value));

    /// <param name="blob">The layer's blob.</param>
    /// <param name="budget">What the image's layers may still inflate to.</param>
    /// <param name="log">Told when nothing needs inflating.</param>
    /// <param name="decode">Opens the verified and inflated layer, metered already.</param>
    public Stream Open(Digest blob, InflationBudget budget, RootfsLog log, Func<Stream> decode) =>
        _layers.TryGetValue(blob, out SharedLayer? layer) ? layer.Open(budget, log, decode) : decode();

    /// <summary>Called once an image, when nothing reads its layers any more.</summary>
    public void Done(IEnumerable<Digest> image)
    {
        foreach (Digest blob in image.Distinct())
        {
            if (_layers.TryGetValue(blob, out SharedLayer? layer))
                layer.Done();
        }
    }

    public void Dispose()
    {
        foreach (SharedLayer layer in _layers.Values)
            layer.Dispose();
    }
}
