using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Merges layer tables into the tree (rules 1 to 39, 49 to 59, 80, 82). It is a pure function, and the only place that decides what an
/// image means.
/// </summary>
internal static class LayerMerge
{
    /// <summary>Applies the layers, bottom first. A table may be applied more than once (rule 82).</summary>
    /// <param name="paths">The path table of all layers; the merge adds the paths that links lead to.</param>
    /// <param name="bottomToTop">The layers.</param>
    /// <param name="options">The user's choices.</param>
    /// <param name="limits">The object with which the layers' builders have counted.</param>
    /// <param name="context">For warnings and cancellation.</param>
    /// <param name="describeLayer">Gives a layer's name for messages; by default <c>n of m</c>.</param>
    /// <param name="onTop">Changes the tree after the last layer, for what is no part of the image; null for nothing.</param>
    /// <exception cref="OciException">The layers don't fit each other, or a limit is reached; the error names layer and entry.</exception>
    public static RootfsTree Merge(
        PathTable paths, IReadOnlyList<LayerTable> bottomToTop, MergeOptions options, TreeLimits limits, EngineContext context, Func<int, string>? describeLayer = null,
        Action<MergeTree, PathResolver>? onTop = null)
    {
        describeLayer ??= layer => string.Create(CultureInfo.InvariantCulture, $"{layer + 1} of {bottomToTop.Count}");
        MergeTree tree = new(paths, options.SourceDateEpoch, context);
        PathResolver resolver = new(tree, limits);
        WhiteoutPass markers = new(tree, resolver, options.KeepDirectorySymlinks, context);
        EntryPass entries = new(tree, resolver, options, context);
        for (int layer = 0; layer < bottomToTop.Count; layer++)
        {
            string label = describeLayer(layer);
            try
            {
                markers.Apply(bottomToTop[layer], label);
                entries.Apply(bottomToTop[layer], layer, label, markers.WhitedOutTargets);
            }
            catch (OciException error)
            {
                throw error.At(layer: label, entry: SafeText.Show(paths.Bytes(resolver.Entry)));
            }
        }
        entries.Finish();
        onTop?.Invoke(tree, resolver);
        return tree.Tree;
    }
}
