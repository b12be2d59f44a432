using System.Text;
using Oci.Rootfs.Outputs.Disk;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// Writes the file of the item's <c>Changes</c> metadata: how the tree differs from the one that stood before. A line has three fields with
/// tabs between them: the kind of change, the path in the form of the mtree file, and the digest of the layer that has it.
/// </summary>
internal static class ChangeList
{
    private const string Nothing = "nothing";

    /// <param name="content">The tree.</param>
    /// <param name="output">Gets the file.</param>
    public static void Write(OutputContent content, Stream output)
    {
        MtreeText text = new(output, content.Context.Limits.MaxMtreeBytes);
        string before = content.Before?.Manifest ?? Nothing;
        text.Raw(Encoding.ASCII.GetBytes($"# Oci.Rootfs changes, format 1\n# from {before} to {content.Result.ManifestDigest}\n"));
        MtreePath path = new();
        foreach (int place in content.Tree.InOrder())
        {
            content.Context.ThrowIfCancelled();
            path.MoveTo(content.Tree.Paths, place);
            RecordChange change = content.Before is { } known ? known.Difference.ChangeAt(place) : RecordChange.Added;
            if (change != RecordChange.None)
                Write(text, change == RecordChange.Added ? "added"u8 : "changed"u8, path, LayerOf(content, content.Tree.LayerOf(place)));
        }
        if (content.Before is { } old)
            WriteRemoved(text, old, content);
        text.Flush();
    }

    private static void WriteRemoved(MtreeText text, TreeBefore before, OutputContent content)
    {
        MtreePath path = new();
        for (int place = 0; place < before.Tree.Count; place++)
        {
            content.Context.ThrowIfCancelled();
            StandingNode node = before.Tree[place];
            path.MoveTo(before.Tree.Paths, node.Path);
            if (before.Difference.IsDeleted(node.Path))
                Write(text, "removed"u8, path, node.Layer < 0 ? "-" : node.Layer < before.Layers.Count ? before.Layers[node.Layer] : "own");
        }
    }

    private static string LayerOf(OutputContent content, int layer)
    {
        if (layer < 0)
            return "-";
        return layer < content.LayerDigests.Count ? content.LayerDigests[layer] : "own";
    }

    private static void Write(MtreeText text, ReadOnlySpan<byte> change, MtreePath path, string layer)
    {
        text.Raw(change);
        text.Raw("\t"u8);
        text.Raw(path.Text);
        text.Raw("\t"u8);
        text.Raw(Encoding.ASCII.GetBytes(layer));
        text.Raw("\n"u8);
    }
}
