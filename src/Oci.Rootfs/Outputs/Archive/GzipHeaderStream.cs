namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// Gives gzip data a header that is the same on every system (RFC 1952, 2.3.1): no time, no name, no word on the effort, and Unix.
/// </summary>
internal sealed class GzipHeaderStream(Stream output) : WriteOnlyStream
{
    private int _seen;

    private static ReadOnlySpan<byte> Header => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        int ofHeader = Math.Min(Header.Length - _seen, buffer.Length);
        output.Write(Header.Slice(_seen, ofHeader));
        output.Write(buffer[ofHeader..]);
        _seen += ofHeader;
    }

    public override void Flush() => output.Flush();
}
