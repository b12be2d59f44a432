using Oci.Rootfs.Layers;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Decides which contents are worth writing at once and where, while the engine reads the layers from the top. It only guesses
/// (docs/architecture.md): it knows nothing of links and raises no error about names. The materialiser corrects every wrong guess.
/// </summary>
internal sealed class WriteAhead(StagingTree staging, ContentWriter writer) : IContentSink
{
    private readonly PathMap<Upper> _upper = new(staging.Paths);

    /// <summary>By directory: whether upper layers hide a lower layer's content there, as far as known for the current layer.</summary>
    private readonly Dictionary<int, bool> _hiddenDirectories = [];

    /// <summary>How the layers above the current one affect a path.</summary>
    [Flags]
    private enum Upper : byte
    {
        None = 0,

        /// <summary>An upper layer has an entry or a whiteout here, so it hides a lower file.</summary>
        HidesFile = 1,

        /// <summary>Upper layers hide everything that lower layers have below this path.</summary>
        HidesBelow = 2,

        /// <summary>A hardlink of an upper layer names this path, so the tree needs its file even where it is hidden.</summary>
        IsLinked = 4,
    }

    /// <summary>Writes the content of a file's row, or skips it.</summary>
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

    /// <summary>The engine knows what a layer hides of those below once it has read the whole layer.</summary>
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
