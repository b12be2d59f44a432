using Oci.Rootfs.Layers;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Decides, while layers are read top layer first, which contents are worth writing at once and where. A guess, never a decision
/// (docs/architecture.md): it knows nothing of links, raises no error about names, and the materialiser puts right whatever it got wrong.
/// </summary>
internal sealed class WriteAhead(StagingTree staging, ContentWriter writer) : IContentSink
{
    private readonly PathMap<Upper> _upper = new(staging.Paths);

    /// <summary>By directory: whether what a lower layer has in it is hidden, as far as is known for the layer being read.</summary>
    private readonly Dictionary<int, bool> _hiddenDirectories = [];

    /// <summary>What the layers above the one that is read have to do with a path.</summary>
    [Flags]
    private enum Upper : byte
    {
        None = 0,

        /// <summary>An upper layer has something here, or a whiteout: a lower file here is never seen.</summary>
        HidesFile = 1,

        /// <summary>What lower layers have below here is never seen.</summary>
        HidesBelow = 2,

        /// <summary>A hardlink of an upper layer names this path: its file is needed even where it is hidden.</summary>
        IsLinked = 4,
    }

    /// <summary>Writes the content of a file's row, or leaves it to be skipped.</summary>
    public void Offer(TarReader tar, ContentRef content, in LayerRow row)
    {
        if (row.IsAufs)
            return;
        PathTable paths = staging.Paths;
        Upper upper = _upper[row.Path];
        bool hidden = (upper & Upper.HidesFile) != 0 || IsHidden(paths.Parent(row.Path));
        if (hidden && (upper & Upper.IsLinked) == 0)
            return;
        bool placed = !hidden && staging.IsFree(row.Path) && staging.TryMakeDirectories(paths.Parent(row.Path));
        writer.Write(tar, content, placed ? row.Path : PathTable.None, paths.Bytes(row.Path), NodeMetadata.OfFile(row), row.Size);
    }

    /// <summary>What a layer hides of those below it is known once it has been read.</summary>
    public void EndLayer(LayerTable layer)
    {
        foreach (ref readonly LayerRow row in layer)
        {
            _upper.At(row.Path) |= row.Kind switch
            {
                EntryKind.Opaque => Upper.HidesBelow,
                EntryKind.Directory => Upper.HidesFile,
                _ => Upper.HidesFile | Upper.HidesBelow,
            };
            if (row.Kind == EntryKind.Hardlink)
                _upper.At(row.LinkPath) |= Upper.IsLinked;
        }
        _hiddenDirectories.Clear();
    }

    private bool IsHidden(int directory)
    {
        if (_hiddenDirectories.TryGetValue(directory, out bool hidden))
            return hidden;
        int at = directory;
        while ((_upper[at] & Upper.HidesBelow) == 0 && at != PathTable.Root)
            at = staging.Paths.Parent(at);
        hidden = (_upper[at] & Upper.HidesBelow) != 0;
        _hiddenDirectories[directory] = hidden;
        return hidden;
    }
}
