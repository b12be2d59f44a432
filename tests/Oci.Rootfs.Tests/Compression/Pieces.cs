using Oci.Rootfs.Os;

namespace Oci.Rootfs.Tests.Compression;

/// <summary>Gives the bytes up to one place, then the others.</summary>
internal sealed class Pieces(byte[] bytes, int cut) : ForwardStream
{
    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, (BytesRead < cut ? cut : bytes.Length) - BytesRead);
        bytes.AsSpan((int)BytesRead, count).CopyTo(buffer);
        BytesRead += count;
        return count;
    }
}
