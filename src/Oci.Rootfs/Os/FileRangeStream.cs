using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Os;

/// <summary>
/// A piece of a file, read at its offset; many streams share one handle. The stream owns the handle only if told so. If the file has become
/// shorter since it was opened, reading fails instead of ending.
/// </summary>
internal sealed class FileRangeStream(SafeFileHandle file, long offset, long length, string name, bool ownsHandle) : ForwardStream
{
    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, length - BytesRead);
        if (wanted == 0)
            return 0;
        int count;
        try
        {
            count = RandomAccess.Read(file, buffer[..wanted], offset + BytesRead);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SourceErrors.ReadFailed(name, e);
        }
        if (count == 0)
            throw SourceErrors.Changed(name);
        BytesRead += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsHandle)
            file.Dispose();
        base.Dispose(disposing);
    }
}
