using System.Globalization;
using Oci.Rootfs.Compression;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Layers;

/// <summary>The layers of one image as inputs for the tar reader, verified while they are read. Layers are counted from 0 in the manifest's order.</summary>
internal sealed class LayerSet(
    ImageSource source, SelectedImage image, EngineContext context, SharedLayers? shared = null) : IDisposable
{
    private readonly string[] _algorithms = [.. image.DiffIds.Select(static d => d.Algorithm).Distinct()];

    private readonly ChunkPool _chunks = new();

    public int Count => image.Layers.Count;

    public IReadOnlyList<Digest> DiffIds => image.DiffIds;

    /// <summary>As messages name a layer.</summary>
    public string Label(int layer) => string.Create(CultureInfo.InvariantCulture, $"{layer + 1} of {Count} ({image.Layers[layer].Digest})");

    /// <param name="layer">Which one.</param>
    /// <param name="budget">What the layers may still inflate to together: one for each pass over them.</param>
    public LayerInput Open(int layer, InflationBudget budget)
    {
        Descriptor blob = image.Layers[layer];
        Stream Decode() => this.Decode(blob, budget);
        return new LayerInput(shared is null ? Decode : () => shared.Open(blob.Digest, budget, context.Log, Decode), _algorithms, _chunks, context.Cancellation);
    }

    private Stream Decode(Descriptor blob, InflationBudget budget)
    {
        ReadAheadStream ahead = new(() => BlobReader.Open(source, blob), _chunks, context.Cancellation);
        try
        {
            return LayerDecoder.Open(ahead, blob.Size, blob.MediaType, context, budget);
        }
        catch
        {
            // A compression that nobody reads, or a blob that can't be read: its thread waits for somebody to take what it has read ahead.
            ahead.Dispose();
            throw;
        }
    }

    /// <summary>Of no use to inputs that are still open.</summary>
    public void Dispose() => _chunks.Dispose();

    /// <summary>Runs work on a layer; an error that it throws says which layer it was.</summary>
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
