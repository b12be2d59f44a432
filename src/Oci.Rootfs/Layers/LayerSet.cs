using System.Globalization;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Layers;

/// <summary>
/// The layers of one image as inputs for the tar reader, verified while they are read. Their numbers are the manifest's order, from 0.
/// </summary>
/// <param name="source">The image.</param>
/// <param name="image">The manifest and config.</param>
/// <param name="progress">Is told how far the reading is.</param>
/// <param name="shared">The layers of other images of this run; null for a single image.</param>
internal sealed class LayerSet(
    ImageSource source, SelectedImage image, Progress progress, SharedLayers? shared = null) : IDisposable
{
    private readonly ChunkPool _chunks = new();

    public int Count => image.Layers.Count;

    public IReadOnlyList<Digest> DiffIds => image.DiffIds;

    public Descriptor Blob(int layer) => image.Layers[layer];

    /// <summary>The layer as messages name it.</summary>
    public string Label(int layer) => string.Create(CultureInfo.InvariantCulture, $"{layer + 1} of {Count} ({image.Layers[layer].Digest})");

    /// <param name="layer">The layer's number.</param>
    /// <param name="budget">The bytes that all layers may still inflate to; each pass over them has one budget.</param>
    /// <param name="own">Log and cancellation of this reading.</param>
    /// <param name="reserve">The number of chunks that the layer may be inflated ahead of its reader.</param>
    public LayerInput Open(int layer, InflationBudget budget, EngineContext own, int reserve = LayerInput.UsualReserve)
    {
        Descriptor blob = image.Layers[layer];
        LayerProgress said = new(progress, layer, Count, blob.Size);
        Stream Decode() => this.Decode(blob, budget, said, own);
        return new LayerInput(shared is null ? Decode : () => shared.Open(blob.Digest, budget, own.Log, Decode), image.DiffIdAlgorithms, _chunks, reserve, said, own.Cancellation);
    }

    private Stream Decode(Descriptor blob, InflationBudget budget, LayerProgress said, EngineContext own)
    {
        ReadAheadStream ahead = new(() => BlobReader.Open(source, blob), _chunks, said, own.Cancellation);
        try
        {
            return LayerDecoder.Open(ahead, blob.Size, blob.MediaType, own, budget);
        }
        catch
        {
            // The compression is unknown or the blob can't be read. Its thread still waits for a reader of the bytes that it has read
            // ahead.
            ahead.Dispose();
            throw;
        }
    }

    /// <summary>Nobody reads on: a thread that waits for bytes of a layer must not wait longer.</summary>
    public void Stop() => source.Stop();

    /// <summary>Frees the free chunks. Call it after the inputs are closed.</summary>
    public void Dispose() => _chunks.Dispose();

    /// <summary>Runs work on a layer, and adds the layer's name to any error.</summary>
    public void InLayer(int layer, Action work)
    {
        try
        {
            work();
        }
        catch (OciException e)
        {
            throw e.At(layer: Label(layer));
        }
    }
}
