using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>
/// Takes file contents from a pass over layers: the directory's write-ahead does, and so does the second pass for the contents that the
/// first one left. The user's own files come the same way. The layers' room knows none of them. Several layers are read at once, so several
/// threads call it at once, each for a layer of its own.
/// </summary>
internal interface IContentSink
{
    /// <summary>Called for a regular file. The sink reads its content now, or not at all in this pass.</summary>
    void Offer(IEntryContent file, ContentRef content, in LayerRow row);

    /// <summary>Called after all entries of a layer were read.</summary>
    void EndLayer(LayerTable layer);
}
