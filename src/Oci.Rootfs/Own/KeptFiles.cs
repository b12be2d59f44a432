using Oci.Rootfs.Layers;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Own;

/// <summary>
/// Keeps the files with users and groups in memory while another sink takes the contents. So a name can be looked up as soon as the layers
/// are merged, without reading one of them again.
/// </summary>
/// <param name="sink">Takes the contents.</param>
/// <param name="paths">The image's paths.</param>
internal sealed class KeptFiles(IContentSink sink, PathTable paths) : IContentSink
{
    private readonly Dictionary<ContentRef, byte[]> _kept = [];

    public void Offer(IEntryContent file, ContentRef content, in LayerRow row)
    {
        if (row.Size > OwnerNames.MostBytes || !IsUserFile(row.Path))
        {
            sink.Offer(file, content, row);
            return;
        }
        byte[] bytes = MemoryContent.Read(file, row.Size);
        _kept[content] = bytes;
        sink.Offer(new MemoryContent(bytes), content, row);
    }

    public void EndLayer(LayerTable layer) => sink.EndLayer(layer);

    /// <returns>Null for another file: one that a link calls by that name, for example.</returns>
    public byte[]? Find(ContentRef content) => _kept.GetValueOrDefault(content);

    private bool IsUserFile(int path)
    {
        ReadOnlySpan<byte> name = paths.Name(path);
        return (name.SequenceEqual("passwd"u8) || name.SequenceEqual("group"u8)) && paths.Depth(path) == 2 && paths.Name(paths.Parent(path)).SequenceEqual("etc"u8);
    }
}
