using Oci.Rootfs.Os;

namespace Oci.Rootfs.Layers;

/// <summary>
/// A thread that reads a stream ahead of the threads that use its chunks, as far as its own reserve of chunks reaches. Streams with a
/// common reserve could starve each other.
/// </summary>
internal sealed class ChunkPump : IDisposable
{
    private readonly Func<Stream> _open;
    private readonly ChunkPool _pool;
    private readonly ChunkQueue[] _outputs;
    private readonly WorkerThread _pumping;
    private readonly object _reserveLock = new();
    private int _reserve;
    private bool _stopping;

    /// <param name="name">The thread's name.</param>
    /// <param name="open">Opens the stream; called on the pump's thread, which also closes it.</param>
    /// <param name="pool">Where chunks come from.</param>
    /// <param name="mostChunks">The number of chunks that may be under way at once.</param>
    /// <param name="outputs">Each queue gets every chunk, and its reader releases it.</param>
    public ChunkPump(string name, Func<Stream> open, ChunkPool pool, int mostChunks, params ChunkQueue[] outputs)
    {
        _open = open;
        _pool = pool;
        _outputs = outputs;
        _reserve = mostChunks;
        _pumping = new WorkerThread(name, Run);
    }

    /// <summary>Each output's reader calls this when it is done with a chunk.</summary>
    public void Release(Chunk chunk)
    {
        if (Interlocked.Decrement(ref chunk.Holders) > 0)
            return;
        _pool.Return(chunk);
        lock (_reserveLock)
        {
            _reserve++;
            Monitor.Pulse(_reserveLock);
        }
    }

    /// <summary>Throws the error that ended the stream early. Call it after the end of an output.</summary>
    public void ThrowIfFailed() => _pumping.Finish();

    public void Dispose()
    {
        lock (_reserveLock)
        {
            _stopping = true;
            Monitor.Pulse(_reserveLock);
        }
        _pumping.Dispose();
    }

    private void Run()
    {
        try
        {
            using Stream stream = _open();
            while (TryReserve() && TryPump(stream))
            {
            }
        }
        finally
        {
            foreach (ChunkQueue output in _outputs)
                output.End();
        }
    }

    /// <summary>Waits until one more chunk may be under way; false when the pump is being stopped.</summary>
    private bool TryReserve()
    {
        lock (_reserveLock)
        {
            while (_reserve == 0 && !_stopping)
                Monitor.Wait(_reserveLock);
            _reserve--;
            return !_stopping;
        }
    }

    private bool TryPump(Stream stream)
    {
        Chunk chunk = _pool.Rent();
        chunk.Fill(stream);
        if (chunk.Length == 0)
        {
            _pool.Return(chunk);
            return false;
        }
        chunk.Holders = _outputs.Length;
        foreach (ChunkQueue output in _outputs)
            output.Add(chunk);
        return true;
    }
}
