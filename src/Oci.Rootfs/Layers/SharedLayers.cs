using Oci.Rootfs.Compression;
using Oci.Rootfs.Context;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Layers;

/// <summary>
/// Layers that several images of one run have in common. The first image inflates and verifies a layer, and leaves its tar for the others
/// in a file without a name. The last image writes nothing; after it the file is closed and thereby gone. Thread-safe.
/// </summary>
internal sealed class SharedLayers : IDisposable
{
    private readonly Dictionary<Digest, SharedLayer> _layers;

    /// <param name="images">The layer blobs of each image that will be read.</param>
    /// <param name="directory">The directory for the tars, on the trees' file system.</param>
    public SharedLayers(IEnumerable<IEnumerable<Digest>> images, string directory) =>
        _layers = images.SelectMany(static image => image.Distinct()).CountBy(static d => d).Where(static d => d.Value > 1)
            .ToDictionary(static d => d.Key, d => new SharedLayer(directory, d.Value));

    /// <param name="blob">The layer's blob.</param>
    /// <param name="budget">The bytes that the image's layers may still inflate to.</param>
    /// <param name="log">Gets a message when the layer need not be inflated.</param>
    /// <param name="decode">Opens the verified, inflated and metered layer.</param>
    public Stream Open(Digest blob, InflationBudget budget, RootfsLog log, Func<Stream> decode) =>
        _layers.TryGetValue(blob, out SharedLayer? layer) ? layer.Open(budget, log, decode) : decode();

    /// <summary>Called once for each image, when nothing reads its layers any more.</summary>
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
