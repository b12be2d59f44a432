namespace Oci.Rootfs.Reading;

/// <summary>Chunks for use again by whichever stream of one extraction needs some next. Nobody waits for one. Thread-safe.</summary>
/// <remarks>A lock a chunk, which is much data: the framework's concurrent collections begin with an event source, and that with reflection.</remarks>
internal sealed class ChunkPool
{
    private readonly Stack<Chunk> _free = new();
    private readonly Lock _lock = new();

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
            _free.Push(chunk);
    }
}
