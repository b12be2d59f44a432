using Oci.Rootfs.Os;

namespace Oci.Rootfs.Tests.Compression;

/// <summary>Gives few bytes at a time, as pipes do.</summary>
internal sealed class Trickle(byte[] bytes, int mostAtOnce) : ForwardStream
{
    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Min(Math.Min(buffer.Length, mostAtOnce), bytes.Length - BytesRead);
        bytes.AsSpan((int)BytesRead, count).CopyTo(buffer);
        BytesRead += count;
        return count;
    }
}
