using System.Runtime.Versioning;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.State;

/// <summary>Writes the file <c>.NAME.oci-state</c>, whose form only this engine knows.</summary>
[SupportedOSPlatform("linux")]
internal sealed class TreeStateWriter : IDisposable
{
    public static ReadOnlySpan<byte> Magic => "OCI tree 1\n"u8;

    private readonly NumberWriter _writer;
    private readonly RootfsTree _tree;
    private readonly PathMap<int> _numbers;

    /// <summary>Writes all that is known before the tree stands.</summary>
    /// <param name="stream">Gets the file.</param>
    /// <param name="state">All but the tree. Its layers' tables have the merged tree's paths.</param>
    /// <param name="tree">The merged tree.</param>
    public TreeStateWriter(Stream stream, TreeState state, RootfsTree tree)
    {
        (_writer, _tree) = (new NumberWriter(stream), tree);
        _numbers = Begin(_writer, state, tree);
    }

    /// <summary>Writes the rest.</summary>
    /// <param name="stamps">The stamps of the nodes on disk.</param>
    public void Finish(Stamps stamps)
    {
        Write(_writer, _tree, _tree.InOrder(), _numbers, stamps);
        _writer.Number(stamps.HasSetLengths ? 1 : 0);
        _writer.Finish();
    }

    public void Dispose() => _writer.Dispose();

    private static PathMap<int> Begin(NumberWriter writer, TreeState state, RootfsTree tree)
    {
        writer.Raw(Magic);
        writer.Raw(typeof(TreeStateWriter).Module.ModuleVersionId.ToByteArray());
        writer.Text(state.Key);
        writer.Text(state.Manifest);
        writer.Text(state.Form);
        writer.Number(state.KeepsInodes ? 1 : 0);
        writer.Number(state.Limits.Length);
        foreach (long limit in state.Limits)
            writer.Number(limit);
        PathMap<bool> used = new(tree.Paths);
        foreach (KnownLayer layer in state.Layers)
            TableCodec.Use(layer.Table, used);
        foreach (int path in tree.InOrder())
            used.At(path) = true;
        PathMap<int> numbers = TableCodec.WritePaths(writer, tree.Paths, used);
        writer.Number(state.Layers.Count);
        foreach (KnownLayer layer in state.Layers)
            Write(writer, layer, numbers);
        writer.Number(state.Own.Count);
        foreach (string digest in state.Own)
            writer.Text(digest);
        return numbers;
    }

    private static void Write(NumberWriter writer, KnownLayer layer, PathMap<int> numbers)
    {
        writer.Text(layer.Blob.Digest.ToString());
        writer.Number(layer.Blob.Size);
        writer.Text(layer.Blob.MediaType);
        writer.Number(layer.Digests.Count);
        foreach (Digest digest in layer.Digests)
            writer.Text(digest.ToString());
        writer.Number(layer.Cost);
        writer.Text(layer.Label);
        writer.Number(layer.Texts.Count);
        for (int i = 0; i < layer.Texts.Count; i++)
        {
            writer.Text(layer.Codes[i]);
            writer.Text(layer.Texts[i]);
        }
        writer.Number(layer.Counts.Count);
        foreach ((string code, int count) in layer.Counts)
        {
            writer.Text(code);
            writer.Number(count);
        }
        TableCodec.Write(writer, layer.Table, numbers);
    }

    private static void Write(NumberWriter writer, RootfsTree tree, IReadOnlyList<int> order, PathMap<int> numbers, Stamps stamps)
    {
        Dictionary<Inode, int> linked = new(ReferenceEqualityComparer.Instance);
        writer.Number(order.Count);
        int before = 0;
        foreach (int path in order)
        {
            Inode inode = tree[path]!;
            writer.Signed(numbers[path] - before);
            before = numbers[path];
            writer.Number(tree.LayerOf(path) + 1);
            Stamp stamp = stamps[path];
            writer.Number(stamp.Inode);
            writer.Signed(stamp.Seconds);
            writer.Number((ulong)stamp.Nanoseconds);
            // 0 for a node with one path, 1 for the first path of another, and 2 + its place among those for the others.
            bool isFirst = false;
            if (inode.Links > 1)
                isFirst = linked.TryAdd(inode, linked.Count);
            writer.Number(inode.Links == 1 ? 0 : isFirst ? 1 : 2 + linked[inode]);
            if (inode.Links > 1 && !isFirst)
                continue;
            TableCodec.Write(writer, inode);
            if (inode.Kind == Tar.EntryKind.File)
            {
                writer.Number(inode.Content.Layer);
                writer.Number(inode.Content.Row);
            }
        }
    }
}
