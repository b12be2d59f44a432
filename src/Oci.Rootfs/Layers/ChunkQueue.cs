namespace Oci.Rootfs.Layers;

/// <summary>
/// Chunks in order, from one thread to another. It needs no bound: how many there are is bounded where they are made.
/// </summary>
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

    /// <summary>Nothing more will be added: who waits gets null once the queue is empty.</summary>
    public void End()
    {
        lock (_chunks)
        {
            _ended = true;
            Monitor.PulseAll(_chunks);
        }
    }

    /// <summary>The next chunk, waiting for it; null at the end.</summary>
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
