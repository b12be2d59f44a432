using Oci.Rootfs.Layers;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Takes the contents that the write-ahead guessed would not be needed to their paths, in a second pass over their layers.</summary>
internal sealed class MissingContents(IReadOnlyList<MissingContent> missing, ContentWriter writer, PathTable paths) : IContentSink
{
    private readonly Dictionary<ContentRef, MissingContent> _missing = missing.ToDictionary(static m => m.Content);

    public void Offer(TarReader tar, ContentRef content, in LayerRow row)
    {
        MissingContent item = _missing[content];
        writer.Write(tar, content, item.Path, paths.Bytes(item.Path), item.Metadata, row.Size);
    }

    public void EndLayer(LayerTable layer)
    {
        // What lies below the layer is not read again.
    }
}
