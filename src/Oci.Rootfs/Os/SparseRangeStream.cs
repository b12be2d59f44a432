namespace Oci.Rootfs.Os;

/// <summary>A file with holes, which read as zeros, over a stream that has its extents one behind the other. Owns that stream.</summary>
internal sealed class SparseRangeStream(Stream stored, FileExtent[] extents, long length) : ForwardStream
{
    private int _extent;

    public override int Read(Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, length - BytesRead)];
        if (buffer.IsEmpty)
            return 0;
        while (_extent < extents.Length && BytesRead >= extents[_extent].Offset + extents[_extent].Length)
            _extent++;
        bool isHole = _extent == extents.Length || BytesRead < extents[_extent].Offset;
        long end = _extent == extents.Length ? length : extents[_extent].Offset + (isHole ? 0 : extents[_extent].Length);
        buffer = buffer[..(int)Math.Min(buffer.Length, end - BytesRead)];
        if (isHole)
            buffer.Clear();
        else
            buffer = buffer[..stored.Read(buffer)];
        BytesRead += buffer.Length;
        return buffer.Length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            stored.Dispose();
        base.Dispose(disposing);
    }
}
