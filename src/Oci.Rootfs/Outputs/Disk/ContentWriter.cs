using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Takes the content of the entry that the tar reader stands at to its place in staging: small ones through the writer threads.</summary>
internal sealed class ContentWriter(StagingTree staging, MetadataWriter metadata, SmallFileWriters small, CancellationToken cancellation)
{
    /// <param name="tar">Stands at the entry.</param>
    /// <param name="content">Which row it is.</param>
    /// <param name="path">Where it goes; its directory stands. <see cref="PathTable.None"/>: aside.</param>
    /// <param name="shownPath">Its path in the image; the path that it goes to, where it has one.</param>
    /// <param name="meta">What to set on it.</param>
    /// <param name="size">The entry's apparent size in bytes.</param>
    public void Write(TarReader tar, ContentRef content, int path, byte[] shownPath, in NodeMetadata meta, long size)
    {
        // The materialiser goes through the tree in its order and gets to every directory once; here each file could take a long way.
        if (path != PathTable.None && !staging.IsNear(staging.Paths.Parent(path)))
            path = PathTable.None;
        staging.Claim(content, path, meta);
        DirectoryHandle directory = path == PathTable.None ? staging.Aside : staging.Directory(staging.Paths.Parent(path));
        ReadOnlyMemory<byte> name = path == PathTable.None ? StagingTree.AsideName(content) : shownPath.AsMemory(shownPath.AsSpan().LastIndexOf((byte)'/') + 1);
        WriteJob job = new(directory.Hold(), name, shownPath, meta);
        if (size <= SmallFileWriters.LargestFile)
            CopySmall(tar, job, (int)size);
        else
            WriteHere(tar, job, size);
    }

    private void CopySmall(TarReader tar, in WriteJob job, int size)
    {
        Span<byte> room = small.Add(job, size);
        if (tar.IsSparse)
            room.Clear();
        while (tar.ReadContent(out long offset, out ReadOnlySpan<byte> data))
            data.CopyTo(room[(int)offset..]);
    }

    private void WriteHere(TarReader tar, in WriteJob job, long size)
    {
        using DirectoryHandle held = job.Directory;
        FileWriter file = new(metadata, job);
        try
        {
            while (tar.ReadContent(out long offset, out ReadOnlySpan<byte> data))
            {
                cancellation.ThrowIfCancellationRequested();
                file.WriteAroundZeros(offset, data);
            }
            file.Finish(size);
        }
        finally
        {
            file.Dispose();
        }
    }
}
