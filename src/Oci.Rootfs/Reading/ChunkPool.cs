using System.Collections.Concurrent;

namespace Oci.Rootfs.Reading;

/// <summary>Chunks for use again by whichever stream of one extraction needs some next. It never makes anybody wait.</summary>
internal sealed class ChunkPool
{
    private readonly ConcurrentBag<Chunk> _free = [];

    public Chunk Rent() => _free.TryTake(out Chunk? chunk) ? chunk : new Chunk();

    public void Return(Chunk chunk) => _free.Add(chunk);
}
