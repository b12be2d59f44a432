using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// The bytes of one tar on their way from the thread that writes them to the threads that compress them: every reader gets every chunk. All
/// chunks but the last are full, because the bytes of gzip depend on how its input is cut.
/// </summary>
/// <param name="readers">One queue a reader. Each reader releases every chunk that it took.</param>
/// <param name="mostBytes">The limit on the whole tar.</param>
/// <param name="cancellation">Checked with every chunk.</param>
internal sealed class ArchiveStream(ChunkQueue[] readers, long mostBytes, CancellationToken cancellation) : IDisposable
{
    /// <summary>4 MiB. The compressor has buffers of its own; these only even out the speeds of the threads.</summary>
    private const int MostChunks = 16;

    private readonly ChunkPool _pool = new();
    private readonly object _lock = new();
    private Chunk? _filling;
    private int _underWay;
    private bool _stopped;

    /// <summary>The bytes written so far.</summary>
    public long Position { get; private set; }

    /// <summary>The place for the next bytes, at least one.</summary>
    public Span<byte> Room => (_filling ??= Next()).Room;

    /// <summary>True where every byte was written: a reader must not take a part for the whole.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Takes the bytes that were written into <see cref="Room"/>.</summary>
    public void Advance(int count)
    {
        Position += count;
        if (Position > mostBytes)
            throw ArchiveErrors.TooLarge(mostBytes);
        _filling!.Add(count);
        if (_filling.Room.IsEmpty)
            Send();
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> room = Room;
            int count = Math.Min(bytes.Length, room.Length);
            bytes[..count].CopyTo(room);
            Advance(count);
            bytes = bytes[count..];
        }
    }

    public void WriteZeros(long count)
    {
        while (count > 0)
        {
            Span<byte> room = Room;
            int now = (int)Math.Min(count, room.Length);
            room[..now].Clear();
            Advance(now);
            count -= now;
        }
    }

    /// <summary>Ends the stream: the readers get the last chunk, and then null.</summary>
    public void Complete()
    {
        if (_filling is { Length: > 0 })
            Send();
        IsComplete = true;
        End();
    }

    /// <summary>Ends the stream before its end, from any thread. The writer's next chunk throws.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Called by the writer when it ends, however it does.</summary>
    public void End()
    {
        foreach (ChunkQueue reader in readers)
            reader.End();
    }

    public void Release(Chunk chunk)
    {
        if (Interlocked.Decrement(ref chunk.Holders) > 0)
            return;
        _pool.Return(chunk);
        lock (_lock)
        {
            _underWay--;
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Call this after the writer and the readers have ended.</summary>
    public void Dispose()
    {
        _filling?.Dispose();
        _pool.Dispose();
    }

    private Chunk Next()
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            while (_underWay == MostChunks && !_stopped)
                Monitor.Wait(_lock);
            if (_stopped)
                throw new OperationCanceledException();
            _underWay++;
        }
        Chunk chunk = _pool.Rent();
        chunk.Clear();
        return chunk;
    }

    private void Send()
    {
        Chunk chunk = _filling!;
        _filling = null;
        chunk.Holders = readers.Length;
        foreach (ChunkQueue reader in readers)
            reader.Add(chunk);
    }
}
