using Oci.Rootfs.Context;

namespace Oci.Rootfs.Layers;

/// <summary>How far one layer is read. The thread that inflates it counts, and the thread that reads the tar says so.</summary>
/// <param name="progress">Where it is said.</param>
/// <param name="layer">The layer's number, from 0.</param>
/// <param name="layers">The number of layers.</param>
/// <param name="size">The size of the layer's blob.</param>
internal sealed class LayerProgress(Progress progress, int layer, int layers, long size)
{
    private long _blobBytes;

    /// <summary>Sets the number of the blob's bytes that are read.</summary>
    public void Count(long blobBytes) => Volatile.Write(ref _blobBytes, blobBytes);

    /// <param name="inflated">The tar's bytes that are read.</param>
    public void Say(long inflated) => progress.Layer(layer, layers, Volatile.Read(ref _blobBytes), size, inflated);
}
