using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>The content of a file that stands, as if it came with a layer. Holes are left out.</summary>
/// <param name="file">The open file.</param>
/// <param name="size">Its size in bytes.</param>
/// <param name="path">Its path, for messages.</param>
/// <param name="buffer">For the pieces.</param>
[SupportedOSPlatform("linux")]
internal sealed class StandingContent(ITreeContent file, long size, byte[] path, byte[] buffer) : IEntryContent
{
    /// <summary>Small enough to be no large object.</summary>
    public const int BufferBytes = 64 << 10;

    private long _at;

    public bool IsSparse => true;

    /// <exception cref="OciException">The disk fails, or somebody has made the file shorter.</exception>
    public bool ReadContent(out long offset, out ReadOnlySpan<byte> data)
    {
        offset = file.NextData(_at);
        data = default;
        if (offset >= size)
            return false;
        int count = file.Read(offset, buffer);
        if (count == 0)
            throw DiskErrors.Changed(path);
        data = buffer.AsSpan(0, count);
        _at = offset + count;
        return true;
    }
}
