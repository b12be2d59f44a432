using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>Where nobody needs a content.</summary>
internal sealed class NoContents : IContentSink
{
    public void Offer(IEntryContent file, ContentRef content, in LayerRow row)
    {
        // Left unread.
    }

    public void EndLayer(LayerTable layer)
    {
        // Nothing was kept.
    }
}
