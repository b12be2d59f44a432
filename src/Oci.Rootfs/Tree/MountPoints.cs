using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Adds directories that a container needs and an image may lack: the usual mount points, and the image's volumes. It works on the merged
/// tree and changes nothing that is there.
/// </summary>
/// <param name="tree">The merged tree.</param>
/// <param name="sourceDateEpoch">The time of the new directories, in seconds since the epoch.</param>
/// <param name="limits">The object with which the merge counted.</param>
/// <param name="context">Log and cancellation.</param>
internal sealed class MountPoints(RootfsTree tree, long sourceDateEpoch, TreeLimits limits, EngineContext context)
{
    private const uint Usual = 0b111_101_101; // 0755
    private const uint ForAll = 0b1_111_111_111; // 1777

    /// <summary>As many links as Linux follows in one path.</summary>
    private const int MostLinks = 40;

    /// <summary>Linux's PATH_MAX, without the NUL.</summary>
    private const int MostPathBytes = 4095;

    /// <summary>
    /// Adds what container managers mount on or write to, and <c>/usr</c>, without which systemd-nspawn takes a tree for none. A link in
    /// such a place stays, wherever it points.
    /// </summary>
    public void AddUsual()
    {
        AddTop("dev"u8, Usual);
        AddTop("proc"u8, Usual);
        AddTop("run"u8, Usual);
        AddTop("sys"u8, Usual);
        AddTop("tmp"u8, ForAll);
        AddTop("usr"u8, Usual);
    }

    /// <summary>
    /// Adds the directories of volumes, with their parents. Links are followed inside the root. A volume that can't be a directory is left
    /// out with a warning (OCI4160): the image may run without.
    /// </summary>
    /// <param name="volumes">The paths in the image's config.</param>
    public void AddVolumes(IReadOnlyList<string> volumes)
    {
        for (int i = 0; i < volumes.Count; i++)
        {
            context.ThrowIfCancelled();
            if (AddVolume(Encoding.UTF8.GetBytes(volumes[i])) is { } why)
                TreeWarnings.VolumeImpossible(context.Log, volumes[i], why);
        }
    }

    private void AddTop(ReadOnlySpan<byte> name, uint mode)
    {
        int path = Child(PathTable.Root, name, name);
        if (tree[path] is null)
            tree.Set(path, Directory(mode));
    }

    /// <returns>Why there is no such directory; null where there is one now.</returns>
    private string? AddVolume(byte[] volume)
    {
        if (volume.Length > MostPathBytes)
            return "its path is longer than Linux allows";
        int at = PathTable.Root, links = 0;
        // The part of the path that is still to be walked. A link puts its target in front of it.
        ReadOnlySpan<byte> rest = volume;
        while (!rest.IsEmpty)
        {
            if (!limits.TryLinkSteps(1))
                throw TreeErrors.ResolutionsTooLong(volume, limits.MaxLinkSteps);
            int slash = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> name = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? [] : rest[(slash + 1)..];
            if (name.IsEmpty || name.SequenceEqual("."u8))
                continue;
            if (name.SequenceEqual(".."u8))
            {
                at = at == PathTable.Root ? at : tree.Paths.Parent(at);
                continue;
            }
            if (name.Length > NameReader.MaxComponent || name.Contains((byte)0) || WhiteoutName.IsMarker(name))
                return "a part of its path can be no name of a directory";
            int child = Child(at, name, volume);
            if (tree[child] is not { } node)
                tree.Set(child, Directory(Usual));
            else if (node.Kind == EntryKind.Symlink)
            {
                if (++links > MostLinks)
                    return "its path leads through too many links";
                if (node.SymlinkTarget is [(byte)'/', ..])
                    at = PathTable.Root;
                rest = (byte[])[.. node.SymlinkTarget, (byte)'/', .. rest];
                continue;
            }
            else if (node.Kind != EntryKind.Directory)
                return "something else than a directory is in its way";
            at = child;
        }
        return null;
    }

    private int Child(int parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> of)
    {
        if (tree.Paths.Depth(parent) >= limits.MaxPathDepth)
            throw TreeErrors.PathTooDeep(of, limits.MaxPathDepth);
        int path = tree.Paths.GetOrAdd(parent, name);
        limits.CheckPaths(tree.Paths);
        return path;
    }

    private Inode Directory(uint mode) => new() { Kind = EntryKind.Directory, Mode = mode, Mtime = new FileTime(sourceDateEpoch) };
}
