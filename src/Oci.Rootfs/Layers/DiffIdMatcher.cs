using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Layers;

/// <summary>
/// Gives each layer, once its digest is known, its place in the order of the config's diff_ids (rule 84). A diff_id that occurs several
/// times has places for as many layers; they are equal, so any of them may take any place. Thread-safe.
/// </summary>
internal sealed class DiffIdMatcher(IReadOnlyList<Digest> diffIds)
{
    /// <summary>The layer at each place, from 1; 0 where no layer is known yet.</summary>
    private readonly int[] _layerAt = new int[diffIds.Count];
    private readonly Lock _lock = new();

    /// <param name="layer">The layer's number in the manifest, from 0.</param>
    /// <param name="computed">The digests of the inflated layer, one for each algorithm.</param>
    /// <returns>The layer's place in the order of application, from 0. If its place in the manifest fits, that one wins.</returns>
    /// <exception cref="OciException">The config does not list this layer, or lists it fewer times.</exception>
    public int PositionOf(int layer, IReadOnlyList<Digest> computed)
    {
        lock (_lock)
        {
            int place = Fits(layer) ? layer : Enumerable.Range(0, diffIds.Count).FirstOrDefault(Fits, -1);
            if (place < 0)
                throw IntegrityErrors.WrongDiffId(Expected(layer), string.Join(", ", computed));
            _layerAt[place] = layer + 1;
            return place;
        }

        bool Fits(int place) => place < diffIds.Count && _layerAt[place] == 0 && computed.Contains(diffIds[place]);
    }

    /// <summary>Whether the config lists a layer at all. Which place it gets is decided when all are known.</summary>
    /// <exception cref="OciException">The config does not list this layer.</exception>
    public void Check(int layer, IReadOnlyList<Digest> computed)
    {
        foreach (Digest diffId in diffIds)
        {
            if (computed.Contains(diffId))
                return;
        }
        throw IntegrityErrors.WrongDiffId(Expected(layer), string.Join(", ", computed));
    }

    private string Expected(int layer) => layer < diffIds.Count ? diffIds[layer].ToString() : "a diff_id of the config";
}
