using System.Runtime.Versioning;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Decides which contents are worth writing at once and where, while the engine reads several layers, from the top. Whoever comes first gets
/// the place, and what a layer that is still read turns out to hide was written in vain. It raises no error about names. The materialiser
/// corrects every wrong guess.
/// </summary>
/// <param name="staging">Where contents are written.</param>
/// <param name="writer">Writes them.</param>
/// <param name="standing">Knows the files of a tree that stands, which need not be written again; null for none.</param>
[SupportedOSPlatform("linux")]
internal sealed class WriteAhead(StagingTree staging, ContentWriter writer, ContentComparer? standing = null) : IContentSink
{
    private readonly UpperLayers _upper = new(staging.Paths);

    /// <summary>Writes the content of a file's row, or skips it.</summary>
    public void Offer(IEntryContent file, ContentRef content, in LayerRow row)
    {
        if (row.IsAufs)
            return;
        PathTable paths = staging.Paths;
        WriteJob job = default;
        int place = -1;
        lock (paths.Lock)
        {
            bool hidden = _upper.Hide(row.Path, content.Layer);
            if (hidden && !_upper.Link(row.Path, content.Layer))
                return;
            if (standing is not null && !hidden)
                place = standing.Guess(paths, row.Path, row.Size);
            if (place < 0)
                job = Claim(content, row, hidden);
        }
        if (place >= 0)
        {
            if (standing!.Read(file, place, content) is not { } other)
                return;
            file = other;
            lock (paths.Lock)
                job = Claim(content, row, hidden: _upper.Hide(row.Path, content.Layer));
        }
        writer.Write(file, content, job, row.Size);
    }

    private WriteJob Claim(ContentRef content, in LayerRow row, bool hidden)
    {
        PathTable paths = staging.Paths;
        bool placed = !hidden && staging.IsFree(row.Path) && staging.TryMakeDirectories(paths.Parent(row.Path));
        return writer.Claim(content, placed ? row.Path : PathTable.None, paths.Bytes(row.Path), NodeMetadata.OfFile(row));
    }

    public void EndLayer(LayerTable layer)
    {
        lock (staging.Paths.Lock)
            _upper.Add(layer);
        writer.EndLayer(layer.Number);
    }
}
