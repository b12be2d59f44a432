using System.Runtime.ExceptionServices;
using System.Runtime.Versioning;
using Oci.Rootfs.Collections;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Threads that make small files. Such a file costs system calls rather than bytes, so a parser copies it into a batch of its layer and goes
/// on. There is a fixed number of batches. The first failure stops all threads, and the parsers' next calls throw it.
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

    /// <summary>The batch that is being filled, for each layer that is being read. Only its parser uses it.</summary>
    private WriteBatch?[] _filling = new WriteBatch?[16];
    private ExceptionDispatchInfo? _failure;
    private int _busy;
    private bool _stopping;

    /// <param name="metadata">Sets owners, modes, attributes and times.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="parsers">The number of layers that are read at once: each fills a batch.</param>
    public SmallFileWriters(MetadataWriter metadata, int threads, int parsers)
    {
        _metadata = metadata;
        for (int i = 0; i < 2 * threads + parsers; i++)
            _free.Enqueue(new WriteBatch());
        _threads = new WorkerThread[threads];
        for (int i = 0; i < threads; i++)
            _threads[i] = new WorkerThread("OCI file writer", Work);
    }

    /// <summary>Returns room for a content of at most <see cref="LargestFile"/> bytes, and takes over the job's directory handle.</summary>
    public Span<byte> Add(int layer, in WriteJob job, int size)
    {
        try
        {
            WriteBatch batch = Filling(layer);
            if (!batch.HasRoom(job, size))
            {
                EndLayer(layer);
                batch = Filling(layer);
            }
            return batch.Add(job, size);
        }
        catch
        {
            job.Directory.Dispose();
            throw;
        }
    }

    /// <summary>Hands over what a layer's parser has filled.</summary>
    public void EndLayer(int layer)
    {
        lock (_full)
        {
            if (layer < _filling.Length)
                Submit(layer);
        }
    }

    /// <summary>Waits until every file added so far is written.</summary>
    public void Flush()
    {
        lock (_full)
        {
            for (int layer = 0; layer < _filling.Length; layer++)
                Submit(layer);
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
        foreach (WriteBatch? batch in _filling)
            batch?.Dispose();
        foreach (WriteBatch batch in _full)
            batch.Dispose();
        foreach (WriteBatch batch in _free)
            batch.Dispose();
    }

    /// <summary>The batch of a layer; waits for a free one where it has none.</summary>
    private WriteBatch Filling(int layer)
    {
        lock (_full)
        {
            if (layer >= _filling.Length)
                Arrays.Grow(ref _filling, Math.Max(layer + 1, 2 * _filling.Length));
            while (_filling[layer] is null && _free.Count == 0 && _failure is null)
                Monitor.Wait(_full);
            _failure?.Throw();
            return _filling[layer] ??= _free.Dequeue();
        }
    }

    private void Submit(int layer)
    {
        if (_filling[layer] is not { } batch)
            return;
        _filling[layer] = null;
        (batch.Count > 0 ? _full : _free).Enqueue(batch);
        Monitor.PulseAll(_full);
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
