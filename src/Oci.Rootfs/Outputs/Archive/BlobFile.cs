using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>A file without a name, which is written once and then read. It ends with the process.</summary>
internal sealed class BlobFile(string directory) : WriteOnlyStream
{
    private const int BufferBytes = 128 << 10;

    private readonly SafeFileHandle _file = NewFile.CreateNameless(directory);

    /// <summary>The bytes written so far.</summary>
    public long Written { get; private set; }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RandomAccess.Write(_file, buffer, Written);
        Written += buffer.Length;
    }

    public override void Flush()
    {
        // Every write goes to the system.
    }

    /// <summary>Copies everything that was written.</summary>
    public void CopyAllTo(Stream output, CancellationToken cancellation)
    {
        byte[] buffer = new byte[BufferBytes];
        for (long at = 0; at < Written;)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = RandomAccess.Read(_file, buffer, at);
            if (count == 0)
                throw new EndOfStreamException();
            output.Write(buffer.AsSpan(0, count));
            at += count;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }
}
