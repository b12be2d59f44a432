namespace Oci.Rootfs.Layers;

/// <summary>Keeps used chunks for the streams of one extraction. No thread waits for a chunk. Thread-safe.</summary>
/// <remarks>
/// A chunk is much data, so one lock a chunk costs little. The framework's concurrent collections would start an event source, which uses
/// reflection.
/// </remarks>
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

    /// <summary>Frees the chunks that no thread holds. The collector frees those of an abandoned stream.</summary>
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
