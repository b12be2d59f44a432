using System.Runtime.Versioning;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Writes contents beside the staging tree, from where they move into the tree that stands.</summary>
[SupportedOSPlatform("linux")]
internal sealed class AsideContents(ContentWriter writer, PathTable paths) : IContentSink
{
    public void Offer(IEntryContent file, ContentRef content, in LayerRow row)
    {
        byte[] shown = row.Path == PathTable.None ? [] : paths.Bytes(row.Path);
        writer.Write(file, content, writer.Claim(content, PathTable.None, shown, NodeMetadata.OfFile(row)), row.Size);
    }

    public void EndLayer(LayerTable layer) => writer.EndLayer(layer.Number);
}
