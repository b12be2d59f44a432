using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Layers;

/// <summary>
/// Gives each layer, once its digest is known, its place in the order of the config's diff_ids (rule 84). Equal diff_ids are places
/// for as many layers; which of them gets which makes no difference. Thread-safe.
/// </summary>
internal sealed class DiffIdMatcher(IReadOnlyList<Digest> diffIds)
{
    /// <summary>By place, from 1; 0 where there is none yet.</summary>
    private readonly int[] _layerAt = new int[diffIds.Count];
    private readonly Lock _lock = new();

    /// <param name="layer">The layer's number in the manifest, from 0.</param>
    /// <param name="computed">What it inflates to, one digest an algorithm.</param>
    /// <returns>Its place in the order of application, from 0. Its own place in the manifest wins where that fits.</returns>
    /// <exception cref="OciException">The config lists no such layer, or not so often.</exception>
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

    private string Expected(int layer) => layer < diffIds.Count ? diffIds[layer].ToString() : "a diff_id of the config";
}
