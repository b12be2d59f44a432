using Oci.Rootfs.Context;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>Finds paths in a finished tree as a process with that root directory does: no link leads out of it.</summary>
internal static class TreePaths
{
    /// <summary>As many links as Linux follows in one path.</summary>
    private const int MostLinks = 40;

    /// <param name="tree">The tree.</param>
    /// <param name="path">The path from the root.</param>
    /// <param name="context">Cancellation.</param>
    /// <returns>The node behind all links. Null where there is none, and where the links loop.</returns>
    public static Inode? Find(RootfsTree tree, ReadOnlySpan<byte> path, EngineContext context)
    {
        int at = PathTable.Root;
        int links = 0;
        // The part of the path that is still to be walked. A link puts its target in front of it.
        ReadOnlySpan<byte> rest = path;
        while (!rest.IsEmpty)
        {
            context.ThrowIfCancelled();
            int slash = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> name = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? [] : rest[(slash + 1)..];
            if (tree[at]!.Kind != EntryKind.Directory)
                return null;
            if (name.IsEmpty || name.SequenceEqual("."u8))
                continue;
            int child = name.SequenceEqual(".."u8) ? Parent(tree, at) : tree.Paths.Find(at, name);
            if (child == PathTable.None || tree[child] is not { } node)
                return null;
            if (node.Kind != EntryKind.Symlink)
            {
                at = child;
                continue;
            }
            if (++links > MostLinks)
                return null;
            if (node.SymlinkTarget is [(byte)'/', ..])
                at = PathTable.Root;
            rest = (byte[])[.. node.SymlinkTarget, (byte)'/', .. rest];
        }
        return tree[at];
    }

    private static int Parent(RootfsTree tree, int path) => path == PathTable.Root ? path : tree.Paths.Parent(path);
}
