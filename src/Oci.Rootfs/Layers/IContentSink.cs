using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>
/// Where a pass over layers takes the contents of their files: the directory's write-ahead, or the contents that it left for a second pass.
/// The layers' room knows neither.
/// </summary>
internal interface IContentSink
{
    /// <summary>The reader stands at a regular file. The sink reads its content now, or not at all in this pass.</summary>
    void Offer(TarReader tar, ContentRef content, in LayerRow row);

    /// <summary>All entries of a layer were read.</summary>
    void EndLayer(LayerTable layer);
}
