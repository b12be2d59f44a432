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
    /// <summary>One of each name, so that an image that repeats them costs no memory: the last of the topmost layer, which mostly counts.</summary>
    private readonly Kept?[] _kept = new Kept?[2];

    public void Offer(IEntryContent file, ContentRef content, in LayerRow row)
    {
        int place;
        lock (paths.Lock)
            place = row.Size > OwnerNames.MostBytes ? -1 : PlaceOf(row.Path);
        if (place < 0)
        {
            sink.Offer(file, content, row);
            return;
        }
        byte[] bytes = MemoryContent.Read(file, row.Size);
        lock (paths.Lock)
        {
            // Layers are read several at once, so a lower one may have come first.
            if (_kept[place] is null || _kept[place]!.Content.Layer <= content.Layer)
                _kept[place] = new Kept(content, bytes);
        }
        sink.Offer(new MemoryContent(bytes, bytes.Length), content, row);
    }

    public void EndLayer(LayerTable layer) => sink.EndLayer(layer);

    /// <returns>Null for another file: one that a link calls by that name, for example.</returns>
    public byte[]? Find(ContentRef content)
    {
        foreach (Kept? kept in _kept)
        {
            if (kept is not null && kept.Content.Layer == content.Layer && kept.Content.Row == content.Row)
                return kept.Bytes;
        }
        return null;
    }

    /// <returns>-1 for any other path.</returns>
    private int PlaceOf(int path)
    {
        ReadOnlySpan<byte> name = paths.Name(path);
        int place = name.SequenceEqual("passwd"u8) ? 0 : name.SequenceEqual("group"u8) ? 1 : -1;
        return place >= 0 && paths.Depth(path) == 2 && paths.Name(paths.Parent(path)).SequenceEqual("etc"u8) ? place : -1;
    }

    private sealed record Kept(ContentRef Content, byte[] Bytes);
}
