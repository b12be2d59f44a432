namespace Oci.Rootfs.Layers;

/// <summary>Chunks for use again by whichever stream of one extraction needs some next. Nobody waits for one. Thread-safe.</summary>
/// <remarks>A lock a chunk, which is much data: the framework's concurrent collections begin with an event source, and that with reflection.</remarks>
internal sealed class ChunkPool : IDisposable
{
    private readonly Stack<Chunk> _free = new();
    private readonly Lock _lock = new();
    private bool _disposed;

    public Chunk Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out Chunk? chunk))
                return chunk;
        }
        return new Chunk();
    }

    public void Return(Chunk chunk)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _free.Push(chunk);
                return;
            }
        }
        chunk.Dispose();
    }

    /// <summary>Frees those that nobody holds. Those of a stream that was given up are left to the collector.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            while (_free.TryPop(out Chunk? chunk))
                chunk.Dispose();
        }
    }
}
