using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Makes one layer's table from its tar entries. It turns names into paths, recognises whiteouts, and refuses entries that no tree can
/// contain (rules 17 to 26, 40 to 47, 57, 61).
/// </summary>
/// <param name="paths">The paths of all layers of the image.</param>
/// <param name="limits">The limits that all layers of the image share.</param>
/// <param name="log">For warnings.</param>
/// <param name="number">The layer's number in the manifest, from 0.</param>
/// <param name="layer">The layer as messages name it, as in <c>3 of 13</c>.</param>
internal sealed class LayerTableBuilder(PathTable paths, TreeLimits limits, RootfsLog log, int number, string layer)
{
    public const int MaxSymlinkTarget = 4095;
    private const uint ModeBits = 0b111_111_111_111; // 07777

    private readonly NameReader _names = new(paths, limits);
    private readonly NameReader _linkNames = new(paths, limits);

    /// <summary>Grows with every <see cref="Add(TarEntry)"/>.</summary>
    public LayerTable Table { get; } = new(paths, number);

    /// <summary>Adds one entry; returns the number of its row, or -1 where it needs none (an AUFS directory).</summary>
    /// <exception cref="OciException">The entry is refused, or a limit is reached. The builder can't be used afterwards.</exception>
    public int Add(TarEntry entry)
    {
        ReadOnlySpan<byte> name = entry.Name.Span;
        try
        {
            return Add(entry, name);
        }
        catch (OciException error)
        {
            throw error.At(layer: layer, entry: SafeText.Show(name));
        }
    }

    private int Add(TarEntry entry, ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
            throw TreeErrors.EmptyName();
        if (name.IndexOf((byte)0) >= 0)
            throw TreeErrors.NulInName(name);
        NameReader.Split(name, out ReadOnlySpan<byte> directory, out ReadOnlySpan<byte> last);
        if (last is [(byte)'.', (byte)'.'])
            throw TreeErrors.ParentComponentInName(name);
        int parent = _names.Directory(directory, name, out bool isAufs);
        if (last.IsEmpty)
            return AddRoot(entry, name);
        isAufs |= WhiteoutName.IsAufs(last);
        if (!isAufs && WhiteoutName.IsMarker(last))
            return AddMarker(entry, name, parent, last);
        if (isAufs && (entry.Kind == EntryKind.Directory || WhiteoutName.IsMarker(last) && !WhiteoutName.IsAufs(last)))
            return -1;
        return AddEntry(entry, name, _names.Child(parent, last, name), isAufs);
    }

    private int AddRoot(TarEntry entry, ReadOnlySpan<byte> name)
    {
        if (entry.Kind != EntryKind.Directory)
            throw TreeErrors.RootIsNoDirectory(name, entry.Kind.ToString());
        return AddEntry(entry, name, PathTable.Root, isAufs: false);
    }

    private int AddMarker(TarEntry entry, ReadOnlySpan<byte> name, int parent, ReadOnlySpan<byte> last)
    {
        bool isOpaque = last.SequenceEqual(WhiteoutName.Opaque);
        ReadOnlySpan<byte> target = last[WhiteoutName.Prefix.Length..];
        if (target is [] or [(byte)'.'] or [(byte)'.', (byte)'.'])
            throw TreeErrors.WhiteoutWithoutName(name);
        if (entry.Kind == EntryKind.Directory)
            TreeWarnings.DirectoryWhiteout(log, layer, name);
        limits.AddRow();
        return Table.Add(new LayerRow
        {
            Path = isOpaque ? parent : _names.Child(parent, target, name),
            Ordinal = entry.Ordinal,
            Kind = isOpaque ? EntryKind.Opaque : EntryKind.Whiteout,
            LinkPath = PathTable.None,
        });
    }

    private int AddEntry(TarEntry entry, ReadOnlySpan<byte> name, int path, bool isAufs)
    {
        limits.AddRow();
        bool isDevice = entry.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice;
        if (entry is { Kind: EntryKind.CharacterDevice, DeviceMajor: 0, DeviceMinor: 0 } && !isAufs)
            TreeWarnings.WhiteoutDevice(log, layer, name);
        return Table.Add(new LayerRow
        {
            Path = path,
            Ordinal = entry.Ordinal,
            Kind = entry.Kind,
            IsAufs = isAufs,
            Mode = entry.Mode & ModeBits,
            Uid = entry.Uid,
            Gid = entry.Gid,
            Mtime = entry.Mtime,
            Size = entry.Kind == EntryKind.File ? entry.Size : 0,
            LinkPath = entry.Kind == EntryKind.Hardlink ? LinkPath(entry, name) : PathTable.None,
            SymlinkTarget = entry.Kind == EntryKind.Symlink ? SymlinkTarget(entry, name) : null,
            DeviceMajor = isDevice ? entry.DeviceMajor : 0,
            DeviceMinor = isDevice ? entry.DeviceMinor : 0,
            Xattrs = entry.Xattrs.Count == 0 ? null : Xattrs(entry, name),
        });
    }

    private int LinkPath(TarEntry entry, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> linkName = LinkName(entry, name);
        return _linkNames.LinkPath(linkName, name);
    }

    private byte[] SymlinkTarget(TarEntry entry, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> target = LinkName(entry, name);
        if (target.Length > MaxSymlinkTarget)
            throw TreeErrors.SymlinkTargetTooLong(name, target.Length);
        limits.AddLinkTarget(paths, target.Length);
        return target.ToArray();
    }

    private static ReadOnlySpan<byte> LinkName(TarEntry entry, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> target = entry.LinkName.Span;
        if (target.IsEmpty)
            throw TreeErrors.EmptyLinkTarget(name);
        if (target.IndexOf((byte)0) >= 0)
            throw TreeErrors.NulInName(name);
        return target;
    }

    private Xattr[]? Xattrs(TarEntry entry, ReadOnlySpan<byte> name)
    {
        List<Xattr> kept = new(entry.Xattrs.Count);
        foreach (Xattr xattr in entry.Xattrs)
        {
            if (xattr.Name.AsSpan().StartsWith("trusted.overlay."u8) || xattr.Name.AsSpan().StartsWith("user.overlay."u8))
            {
                TreeWarnings.OverlayXattr(log, layer, name, xattr.Name);
                continue;
            }
            limits.AddXattr(paths, xattr.Name.Length, xattr.Value.Length);
            kept.Add(xattr);
        }
        kept.Sort(static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        return kept.Count == 0 ? null : [.. kept];
    }
}
