using System.Text;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests.Tree;

/// <summary>An entry of a layer as the <see cref="TreeModel"/> sees it.</summary>
internal sealed class ModelRow
{
    public required string Path;
    public required string Kind;
    public required TarEntry Entry;
    public int Layer;
    public int Index;
    public bool IsAufs;
    public string? LinkPath;
    public SortedDictionary<string, string> Xattrs = new(StringComparer.Ordinal);

    public bool IsMarker => Kind is "Whiteout" or "Opaque";

    public static ModelRow? Of(TarEntry entry, int layer)
    {
        string[] names = TreeModel.Components(Encoding.Latin1.GetString(entry.Name.Span));
        bool isAufs = names.Any(n => n.StartsWith(".wh..wh.", StringComparison.Ordinal) && n != ".wh..wh..opq");
        string kind = entry.Kind.ToString();
        if (!isAufs && names.Length > 0 && names[^1] == ".wh..wh..opq")
            (kind, names) = ("Opaque", names[..^1]);
        else if (!isAufs && names.Length > 0 && names[^1].StartsWith(".wh.", StringComparison.Ordinal))
            (kind, names[^1]) = ("Whiteout", names[^1][4..]);
        if (isAufs && kind == "Directory")
            return null;
        ModelRow row = new() { Path = string.Join('/', names), Kind = kind, Entry = entry, Layer = layer, IsAufs = isAufs };
        if (kind == "Hardlink")
            row.LinkPath = string.Join('/', TreeModel.Components(Encoding.Latin1.GetString(entry.LinkName.Span)));
        foreach (Xattr xattr in entry.Xattrs)
            row.Xattrs[Encoding.Latin1.GetString(xattr.Name)] = Encoding.Latin1.GetString(xattr.Value);
        return row;
    }

    public ModelRow At(int index)
    {
        Index = index;
        return this;
    }

    public ModelNode NewNode()
    {
        ModelNode node = new() { Kind = Kind, Size = Entry.Size, Major = Entry.DeviceMajor, Minor = Entry.DeviceMinor };
        if (Kind == "File")
            (node.Layer, node.Index) = (Layer, Index);
        if (Kind == "Symlink")
            node.Target = Encoding.Latin1.GetString(Entry.LinkName.Span);
        node.Xattrs = new(Xattrs, StringComparer.Ordinal);
        SetMetadata(node);
        return node;
    }

    public void SetMetadata(ModelNode node) => (node.Mode, node.Uid, node.Gid, node.Mtime) = (Entry.Mode, Entry.Uid, Entry.Gid, Entry.Mtime.Seconds);
}
