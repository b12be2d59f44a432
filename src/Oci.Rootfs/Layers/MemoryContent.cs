using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Layers;

/// <summary>A content that is in memory.</summary>
/// <param name="bytes">The content, and perhaps more behind it.</param>
/// <param name="length">The content's length in bytes.</param>
internal sealed class MemoryContent(byte[] bytes, int length) : IEntryContent
{
    private bool _ended = length == 0;

    public bool IsSparse => false;

    public bool ReadContent(out long offset, out ReadOnlySpan<byte> data)
    {
        offset = 0;
        data = _ended ? default : bytes.AsSpan(0, length);
        bool isThere = !_ended;
        _ended = true;
        return isThere;
    }

    /// <summary>Reads a content whose size the caller has bounded.</summary>
    public static byte[] Read(IEntryContent file, long size)
    {
        byte[] bytes = new byte[size];
        Read(file, bytes);
        return bytes;
    }

    /// <param name="file">The content.</param>
    /// <param name="bytes">As many bytes as it has.</param>
    public static void Read(IEntryContent file, Span<byte> bytes)
    {
        if (file.IsSparse)
            bytes.Clear();
        while (file.ReadContent(out long offset, out ReadOnlySpan<byte> data))
            data.CopyTo(bytes[(int)offset..]);
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
