using System.Runtime.Versioning;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Some hundred small files. Their contents follow one another in one buffer.</summary>
[SupportedOSPlatform("linux")]
internal sealed class WriteBatch : IDisposable
{
    private const int Bytes = 512 << 10;
    private const int MostFiles = 256;

    /// <summary>The batch holds each directory open until its files are written, even if the cache of handles drops it.</summary>
    private const int MostDirectories = 32;

    private readonly NativeBuffer _contents = new(Bytes);
    private readonly SmallFile[] _files = new SmallFile[MostFiles];
    private int _used;
    private int _directories;

    public int Count { get; private set; }

    public bool HasRoom(in WriteJob job, int size) =>
        Count < MostFiles && _used + size <= Bytes && (_directories < MostDirectories || IsInLastDirectory(job));

    public Span<byte> Add(in WriteJob job, int size)
    {
        if (!IsInLastDirectory(job))
            _directories++;
        _files[Count++] = new SmallFile(job, _used, size);
        _used += size;
        return _contents.Span.Slice(_used - size, size);
    }

    public void WriteAll(MetadataWriter metadata)
    {
        for (int i = 0; i < Count; i++)
        {
            (WriteJob job, int start, int size) = _files[i];
            FileWriter file = new(metadata, job);
            try
            {
                file.Write(0, _contents.Span.Slice(start, size));
                file.Finish(size);
            }
            finally
            {
                file.Dispose();
            }
        }
    }

    public void ReleaseDirectories()
    {
        for (int i = 0; i < Count; i++)
            _files[i].Job.Directory.Dispose();
        Count = 0;
        _used = 0;
        _directories = 0;
    }

    /// <summary>Empties the batch and releases all directories.</summary>
    public void Dispose()
    {
        ReleaseDirectories();
        _contents.Dispose();
    }

    /// <summary>Archives list the files of a directory one after the other, so most files share the last directory.</summary>
    private bool IsInLastDirectory(in WriteJob job) => Count > 0 && _files[Count - 1].Job.Directory == job.Directory;

    private readonly record struct SmallFile(WriteJob Job, int Start, int Size);
}
