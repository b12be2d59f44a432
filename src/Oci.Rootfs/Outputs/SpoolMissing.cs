using Oci.Rootfs.Layers;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs;

/// <summary>Puts the contents of a second pass into a spool, which guessed in the first that nothing needs them.</summary>
internal sealed class SpoolMissing(ContentSpool spool) : IContentSink
{
    public void Offer(IEntryContent file, ContentRef content, in LayerRow row) => spool.Keep(file, content, row);

    public void EndLayer(LayerTable layer)
    {
        // The second pass needs nothing of the layers below.
    }
}
