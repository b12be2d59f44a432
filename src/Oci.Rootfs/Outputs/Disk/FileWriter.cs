using System.Runtime.Versioning;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Writes one new file. The file is made exclusively, never through a link, and its metadata is set on the open descriptor.
/// </summary>
[SupportedOSPlatform("linux")]
internal unsafe ref struct FileWriter
{
    private readonly MetadataWriter _metadata;
    private readonly WriteJob _job;
    private readonly int _fd;
    private readonly uint _madeWith;
    private long _end;

    public FileWriter(MetadataWriter metadata, in WriteJob job)
    {
        _metadata = metadata;
        _job = job;
        _madeWith = metadata.ModeToMakeWith(job.Metadata);
        _fd = job.Directory.OpenFile(job.Name.Span, Linux.OCreat | Linux.OExcl | Linux.OWrOnly, _madeWith);
        if (_fd < 0)
            throw DiskErrors.FromErrno(Linux.Errno, "making a file", job.ShownPath);
    }

    /// <summary>
    /// Writes a piece of a large file and leaves out runs of zeros. A run at the piece's start or end may go on in another piece. There the
    /// writer skips it if it is at least one block of the file system.
    /// </summary>
    public void WriteAroundZeros(long offset, ReadOnlySpan<byte> data)
    {
        int written = 0;
        for (int at = 0; ZeroRuns.Next(data, at, out int start, out int end); at = end)
        {
            Write(offset + written, data[written..start]);
            written = end;
        }
        Write(offset + written, data[written..]);
    }

    /// <summary>Writes a piece at its offset. Bytes that no piece covers stay a hole.</summary>
    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        while (!data.IsEmpty)
        {
            nint written;
            fixed (byte* bytes = data)
                written = Linux.WriteAt(_fd, bytes, (nuint)data.Length, offset);
            if (written < 0)
            {
                if (Linux.Errno == Errno.Interrupted)
                    continue;
                throw DiskErrors.FromErrno(Linux.Errno, "writing a file", _job.ShownPath);
            }
            data = data[(int)written..];
            offset += written;
        }
        _end = Math.Max(_end, offset);
    }

    /// <param name="size">The apparent size in bytes. The file may end in a hole.</param>
    public readonly void Finish(long size)
    {
        if (_end < size && Linux.Truncate(_fd, size) != 0)
            throw DiskErrors.FromErrno(Linux.Errno, "making a sparse file", _job.ShownPath);
        if (_end < size)
            _metadata.HasSetLengths = true;
        _metadata.Apply(_fd, _job.Metadata, _madeWith, _job.ShownPath);
        if (_job.Staged is { } staged && DirectoryHandle.StatFile(_fd) is { } node)
            staged.Stamp = Stamp.Of(node);
    }

    public readonly void Dispose() => _ = Linux.Close(_fd);
}
