using Oci.Rootfs.Context;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>All that reading a layer told of it, but for its contents. Whoever has it need not read the layer again.</summary>
/// <param name="Blob">The layer's blob.</param>
/// <param name="Digests">The digests of the inflated layer, one for each algorithm of the config's diff_ids.</param>
/// <param name="Cost">What the layer took of the budget for inflated bytes.</param>
/// <param name="Label">The layer's name in its warnings. In another image it has another.</param>
/// <param name="Table">The layer's table.</param>
internal sealed record KnownLayer(Descriptor Blob, IReadOnlyList<Digest> Digests, long Cost, string Label, LayerTable Table)
{
    /// <summary>The codes of the warnings about the layer, each with the text at the same place of <see cref="Texts"/>.</summary>
    public IReadOnlyList<string> Codes { get; init; } = [];

    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>How many warnings of each code there were, with those that are not shown.</summary>
    public Dictionary<string, int> Counts { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Whether this is the layer of another image too, which wants digests by these algorithms.</summary>
    public bool Is(Descriptor blob, IReadOnlyList<string> algorithms)
    {
        if (blob.Digest != Blob.Digest || blob.Size != Blob.Size || blob.MediaType != Blob.MediaType)
            return false;
        foreach (string algorithm in algorithms)
        {
            bool isThere = false;
            foreach (Digest digest in Digests)
                isThere |= digest.Algorithm == algorithm;
            if (!isThere)
                return false;
        }
        return true;
    }

    /// <summary>The same layer in another image.</summary>
    /// <param name="paths">The paths of that image.</param>
    /// <param name="number">The layer's number there.</param>
    /// <param name="numbers">By path of the layer's own table: 1 + its number there, or 0 where it is not known yet.</param>
    /// <param name="limits">The limits of that image.</param>
    /// <exception cref="Errors.OciException">A limit is reached.</exception>
    public KnownLayer In(PathTable paths, int number, PathMap<int> numbers, TreeLimits limits) => this with { Table = TableCopy.Make(Table, paths, number, numbers, limits) };

    /// <summary>Says again what was said when the layer was read.</summary>
    /// <param name="log">The log of a part of the work.</param>
    /// <param name="label">The layer's name in the image that has it now.</param>
    public void WarnAgain(RootfsLog log, string label)
    {
        for (int i = 0; i < Texts.Count; i++)
            log.Warning(Codes[i], Texts[i].Replace(Label, label, StringComparison.Ordinal));
        foreach ((string code, int count) in Counts)
            log.Hide(code, Math.Max(0, count - RootfsLog.MostOfOneCode));
    }
}
