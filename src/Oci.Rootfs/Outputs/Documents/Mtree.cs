using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// Writes the file of the item's <c>Mtree</c> metadata, in the text form of mtree(5), which archive tools read. It has every path of the
/// tree with all metadata, because a directory made without root can't hold it all. Each line has one full path; its keywords have the
/// order below.
/// </summary>
internal static class Mtree
{
    /// <exception cref="OciException">OCI6002: the file is larger than <see cref="RootfsLimits.MaxMtreeBytes"/>.</exception>
    public static void Write(RootfsTree tree, Stream output, EngineContext context)
    {
        MtreeText text = new(output, context.Limits.MaxMtreeBytes);
        text.Raw("#mtree\n# Oci.Rootfs mtree, format 1\n"u8);
        MtreePath path = new();
        Dictionary<Inode, int> linked = new(ReferenceEqualityComparer.Instance);
        int number = 0;
        foreach (int place in tree.InOrder())
        {
            context.ThrowIfCancelled();
            number++;
            path.MoveTo(tree.Paths, place);
            text.Raw(path.Text);
            Inode inode = tree[place]!;
            WriteCommon(text, inode);
            WriteKind(text, inode);
            if (inode.Links > 1)
            {
                linked.TryAdd(inode, number);
                WriteLinks(text, inode.Links, linked[inode]);
            }
            foreach (Xattr xattr in inode.Xattrs)
                WriteXattr(text, xattr);
            text.Raw("\n"u8);
        }
        text.Flush();
    }

    private static void WriteCommon(MtreeText text, Inode inode)
    {
        text.Raw(" type="u8);
        text.Raw(TypeName(inode.Kind));
        text.Raw(" mode="u8);
        text.Octal(inode.Mode, 4);
        text.Raw(" uid="u8);
        text.Number(inode.Uid);
        text.Raw(" gid="u8);
        text.Number(inode.Gid);
        text.Raw(" time="u8);
        text.Number(inode.Mtime.Seconds);
        text.Raw("."u8);
        text.Number(inode.Mtime.Nanoseconds, digits: 9);
    }

    private static void WriteKind(MtreeText text, Inode inode)
    {
        switch (inode.Kind)
        {
            case EntryKind.File:
                text.Raw(" size="u8);
                text.Number(inode.Size);
                break;
            case EntryKind.Symlink:
                text.Raw(" link="u8);
                text.Escaped(inode.SymlinkTarget);
                break;
            case EntryKind.CharacterDevice or EntryKind.BlockDevice:
                WriteDevice(text, inode);
                break;
            default:
                break;
        }
    }

    /// <summary>libarchive's <c>linux</c> format has 8 bits for each number; <c>native</c> has as many as the system.</summary>
    private static void WriteDevice(MtreeText text, Inode inode)
    {
        text.Raw(inode.DeviceMajor <= 0xff && inode.DeviceMinor <= 0xff ? " device=linux,"u8 : " device=native,"u8);
        text.Number(inode.DeviceMajor);
        text.Raw(","u8);
        text.Number(inode.DeviceMinor);
    }

    /// <summary>The paths of one file share one <c>inode</c>: the place of its first path in the mtree file, counted from 1.</summary>
    private static void WriteLinks(MtreeText text, int links, int inode)
    {
        text.Raw(" nlink="u8);
        text.Number(links);
        text.Raw(" inode="u8);
        text.Number(inode);
    }

    private static void WriteXattr(MtreeText text, Xattr xattr)
    {
        text.Raw(" xattr."u8);
        text.Escaped(xattr.Name);
        text.Raw("="u8);
        text.InBase64(xattr.Value);
    }

    private static ReadOnlySpan<byte> TypeName(EntryKind kind) => kind switch
    {
        EntryKind.File => "file"u8,
        EntryKind.Directory => "dir"u8,
        EntryKind.Symlink => "link"u8,
        EntryKind.CharacterDevice => "char"u8,
        EntryKind.BlockDevice => "block"u8,
        _ => "fifo"u8,
    };
}
