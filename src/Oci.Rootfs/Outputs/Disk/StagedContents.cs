using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// The contents of the staging tree's files. It has handles of its own to the directories, so that a thread may read while another makes
/// links and nodes. Few: readers go in the order of the tree.
/// </summary>
/// <param name="staging">The tree, with every content in its place. Contents stay there as long as this object is used.</param>
/// <param name="root">The tree's root; its ownership passes to this object.</param>
[SupportedOSPlatform("linux")]
internal sealed class StagedContents(StagingTree staging, DirectoryHandle root) : ITreeContents
{
    private readonly StagingDirectories _directories = new(staging.Paths, root, StagingDirectories.MostInOrder);

    public ITreeContent Open(Inode file)
    {
        PathTable paths = staging.Paths;
        int path = staging.Find(file.Content)!.Path;
        int fd = path == PathTable.None
            ? staging.Aside.OpenFile(StagingTree.AsideName(file.Content), Linux.ORdOnly)
            : _directories.Get(paths.Parent(path)).OpenFile(paths.Name(path), Linux.ORdOnly);
        return fd >= 0 ? Of(fd, file.Size) : throw DiskErrors.FromErrno(Linux.Errno, "reading a file of the tree", paths.Bytes(Math.Max(path, PathTable.Root)));
    }

    /// <summary>The content of an open file, which it closes.</summary>
    public static ITreeContent Of(int fd, long size) => new Content(fd, size);

    public void Dispose() => _directories.Dispose();

    private sealed class Content(int fd, long size) : ITreeContent
    {
        public int Read(long offset, Span<byte> buffer)
        {
            int count = DirectoryHandle.ReadFile(fd, offset, buffer[..(int)Math.Min(buffer.Length, size - offset)]);
            return count >= 0 ? count : throw DiskErrors.FromErrno(Linux.Errno, "reading a file of the tree", []);
        }

        /// <summary>A file system that knows no holes says that there is data at the offset.</summary>
        public long NextData(long offset)
        {
            if (offset >= size)
                return size;
            long data = Linux.Seek(fd, offset, Linux.SeekData);
            // ENXIO: there is no more data.
            return data >= 0 ? Math.Min(data, size) : Linux.Errno == Errno.NoDevice ? size : offset;
        }

        public void Dispose() => _ = Linux.Close(fd);
    }
}
