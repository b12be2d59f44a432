using System.Runtime.Versioning;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Writes the content of a file to its place in staging. The writer threads write the small contents. Several parsers use it at once, each
/// for a layer of its own.
/// </summary>
/// <param name="staging">The tree under construction.</param>
/// <param name="metadata">Sets owners, modes, attributes and times.</param>
/// <param name="small">Writes the small contents.</param>
/// <param name="keepReadable">Whether an archive reads the files, and their modes could forbid it. The materialiser sets the true modes later.</param>
/// <param name="stamps">Whether somebody wants the files' stamps.</param>
/// <param name="cancellation">Checked with every piece.</param>
[SupportedOSPlatform("linux")]
internal sealed class ContentWriter(
    StagingTree staging, MetadataWriter metadata, SmallFileWriters small, bool keepReadable, bool stamps, CancellationToken cancellation)
{
    /// <summary>Gives a content its place. The caller holds the lock of the paths.</summary>
    /// <param name="content">The row that the content belongs to.</param>
    /// <param name="path">The path to write at; its directory exists. <see cref="PathTable.None"/>: the content waits aside.</param>
    /// <param name="shownPath">The path in the image. With a <paramref name="path"/>, the two are equal.</param>
    /// <param name="wanted">The metadata to set.</param>
    public WriteJob Claim(ContentRef content, int path, byte[] shownPath, in NodeMetadata wanted)
    {
        NodeMetadata meta = keepReadable ? wanted.Readable : wanted;
        // The way to a far directory is long. The materialiser opens each directory once, because it goes in the order of the tree.
        if (path != PathTable.None && !staging.IsNear(staging.Paths.Parent(path)))
            path = PathTable.None;
        StagedContent staged = staging.Claim(content, path, meta);
        DirectoryHandle directory = path == PathTable.None ? staging.Aside : staging.Directory(staging.Paths.Parent(path));
        ReadOnlyMemory<byte> name = path == PathTable.None ? StagingTree.AsideName(content) : shownPath.AsMemory(shownPath.AsSpan().LastIndexOf((byte)'/') + 1);
        return new WriteJob(directory.Hold(), name, shownPath, meta, stamps ? staged : null);
    }

    /// <param name="source">The content.</param>
    /// <param name="content">The row that the content belongs to.</param>
    /// <param name="job">Its place.</param>
    /// <param name="size">The entry's apparent size in bytes.</param>
    public void Write(IEntryContent source, ContentRef content, in WriteJob job, long size)
    {
        if (size <= SmallFileWriters.LargestFile)
            CopySmall(source, content.Layer, job, (int)size);
        else
            WriteHere(source, job, size);
    }

    /// <summary>Called when no more contents of a layer come.</summary>
    public void EndLayer(int layer) => small.EndLayer(layer);

    private void CopySmall(IEntryContent source, int layer, in WriteJob job, int size)
    {
        Span<byte> room = small.Add(layer, job, size);
        if (source.IsSparse)
            room.Clear();
        while (source.ReadContent(out long offset, out ReadOnlySpan<byte> data))
            data.CopyTo(room[(int)offset..]);
    }

    private void WriteHere(IEntryContent source, in WriteJob job, long size)
    {
        using DirectoryHandle held = job.Directory;
        FileWriter file = new(metadata, job);
        try
        {
            while (source.ReadContent(out long offset, out ReadOnlySpan<byte> data))
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
