using System.Runtime.ExceptionServices;
using System.Runtime.Versioning;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Threads that make small files. Such a file costs system calls rather than bytes, so the parser copies it into a batch and goes on. There
/// is a fixed number of batches. The first failure stops all threads, and the parser's next call throws it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SmallFileWriters : IDisposable
{
    /// <summary>The parser writes larger files itself: copying them would cost more than another thread saves.</summary>
    public const int LargestFile = 64 << 10;

    private readonly MetadataWriter _metadata;
    private readonly Queue<WriteBatch> _free = new();
    private readonly Queue<WriteBatch> _full = new();
    private readonly WorkerThread[] _threads;
    private WriteBatch _filling;
    private ExceptionDispatchInfo? _failure;
    private int _busy;
    private bool _stopping;

    public SmallFileWriters(MetadataWriter metadata, int threads)
    {
        _metadata = metadata;
        for (int i = 0; i < 2 * threads; i++)
            _free.Enqueue(new WriteBatch());
        _filling = new WriteBatch();
        _threads = new WorkerThread[threads];
        for (int i = 0; i < threads; i++)
            _threads[i] = new WorkerThread("OCI file writer", Work);
    }

    /// <summary>Returns room for a content of at most <see cref="LargestFile"/> bytes, and takes over the job's directory handle.</summary>
    public Span<byte> Add(in WriteJob job, int size)
    {
        try
        {
            if (!_filling.HasRoom(job, size))
                Submit();
        }
        catch
        {
            job.Directory.Dispose();
            throw;
        }
        return _filling.Add(job, size);
    }

    /// <summary>Waits until every file added so far is written.</summary>
    public void Flush()
    {
        Submit();
        lock (_full)
        {
            while (_failure is null && (_full.Count > 0 || _busy > 0))
                Monitor.Wait(_full);
        }
        _failure?.Throw();
    }

    public void Dispose()
    {
        lock (_full)
        {
            _stopping = true;
            Monitor.PulseAll(_full);
        }
        foreach (WorkerThread thread in _threads)
            thread.Dispose();
        _filling.Dispose();
        foreach (WriteBatch batch in _full)
            batch.Dispose();
        foreach (WriteBatch batch in _free)
            batch.Dispose();
    }

    private void Submit()
    {
        lock (_full)
        {
            while (_free.Count == 0 && _failure is null)
                Monitor.Wait(_full);
            _failure?.Throw();
            if (_filling.Count == 0)
                return;
            _full.Enqueue(_filling);
            _filling = _free.Dequeue();
            Monitor.PulseAll(_full);
        }
    }

    private void Work()
    {
        while (Next() is { } batch)
        {
            try
            {
                batch.WriteAll(_metadata);
            }
            catch (Exception e) // The parser rethrows it. An uncaught exception would end MSBuild.
            {
                lock (_full)
                    _failure ??= ExceptionDispatchInfo.Capture(e);
            }
            batch.ReleaseDirectories();
            lock (_full)
            {
                _busy--;
                _free.Enqueue(batch);
                Monitor.PulseAll(_full);
            }
        }
    }

    private WriteBatch? Next()
    {
        lock (_full)
        {
            while (_full.Count == 0 && !_stopping)
                Monitor.Wait(_full);
            if (_stopping || _failure is not null && _full.Count == 0)
                return null;
            _busy++;
            return _full.Dequeue();
        }
    }
}
