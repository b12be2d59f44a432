using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>Looks into single files of a finished tree, as a process with that root directory does.</summary>
internal sealed class TreeFiles(RootfsTree tree, ITreeContents contents, EngineContext context)
{
    /// <summary>Honest files that are looked into have some kilobytes.</summary>
    private const int MostBytes = 1 << 20;

    /// <returns>Null where there is no such node behind all links.</returns>
    public Inode? Find(ReadOnlySpan<byte> path) => TreePaths.Find(tree, path, context);

    /// <returns>Null where there is no such file.</returns>
    public Inode? FindFile(ReadOnlySpan<byte> path) => Find(path) is { Kind: EntryKind.File } file ? file : null;

    /// <returns>The beginning of a file, up to a number of bytes; null where there is no such file.</returns>
    public byte[]? Read(ReadOnlySpan<byte> path, int most = MostBytes)
    {
        if (FindFile(path) is not { } file)
            return null;
        byte[] bytes = new byte[(int)Math.Min(file.Size, most)];
        if (bytes.Length == 0)
            return bytes;
        using ITreeContent content = contents.Open(file);
        int length = 0;
        while (length < bytes.Length && content.Read(length, bytes.AsSpan(length)) is > 0 and int count)
            length += count;
        return bytes;
    }
}
