namespace Oci.Rootfs.Layers;

/// <summary>Chunks in order, from one thread to another. The queue needs no bound, because the pump bounds the number of chunks.</summary>
internal sealed class ChunkQueue
{
    private readonly Queue<Chunk> _chunks = new();
    private bool _ended;

    public void Add(Chunk chunk)
    {
        lock (_chunks)
        {
            _chunks.Enqueue(chunk);
            Monitor.Pulse(_chunks);
        }
    }

    /// <summary>Ends the queue: once it is empty, a waiting reader gets null.</summary>
    public void End()
    {
        lock (_chunks)
        {
            _ended = true;
            Monitor.PulseAll(_chunks);
        }
    }

    /// <summary>Waits for the next chunk; null at the end.</summary>
    public Chunk? Take()
    {
        lock (_chunks)
        {
            while (_chunks.Count == 0 && !_ended)
                Monitor.Wait(_chunks);
            return _chunks.TryDequeue(out Chunk? chunk) ? chunk : null;
        }
    }
}
