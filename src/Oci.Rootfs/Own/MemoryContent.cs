using Oci.Rootfs.Layers;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Own;

/// <summary>A content that is in memory.</summary>
internal sealed class MemoryContent(byte[] bytes) : IEntryContent
{
    private bool _ended = bytes.Length == 0;

    public bool IsSparse => false;

    public bool ReadContent(out long offset, out ReadOnlySpan<byte> data)
    {
        offset = 0;
        data = _ended ? default : bytes;
        bool isThere = !_ended;
        _ended = true;
        return isThere;
    }

    /// <summary>Reads a content whose size the caller has bounded.</summary>
    public static byte[] Read(IEntryContent file, long size)
    {
        byte[] bytes = new byte[size];
        while (file.ReadContent(out long offset, out ReadOnlySpan<byte> data))
            data.CopyTo(bytes.AsSpan((int)offset));
        return bytes;
    }

    /// <summary>Takes one content from a pass over layers.</summary>
    internal sealed class Sink : IContentSink
    {
        public byte[] Bytes { get; private set; } = [];

        public void Offer(IEntryContent file, ContentRef content, in LayerRow row) => Bytes = Read(file, row.Size);

        public void EndLayer(LayerTable layer)
        {
            // One content of one layer is wanted.
        }
    }
}
