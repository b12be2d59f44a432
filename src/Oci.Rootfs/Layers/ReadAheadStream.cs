using Oci.Rootfs.Os;

namespace Oci.Rootfs.Layers;

/// <summary>A stream that a thread of its own reads, and thereby hashes, ahead of the thread that inflates it.</summary>
internal sealed class ReadAheadStream : ForwardStream
{
    private const int ReserveChunks = 4;

    private readonly ChunkQueue _chunks = new();
    private readonly ChunkPump _pump;
    private readonly CancellationToken _cancellation;
    private readonly LayerProgress? _progress;
    private Chunk? _current;
    private int _offset;

    /// <param name="open">Opens the stream; called on the thread that reads it.</param>
    /// <param name="pool">Where buffers come from.</param>
    /// <param name="progress">Is told how many bytes were handed out.</param>
    /// <param name="cancellation">Checked with every chunk: a blob of nothing but empty frames can inflate to nothing for a very long
    /// time.</param>
    public ReadAheadStream(Func<Stream> open, ChunkPool pool, LayerProgress? progress, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _progress = progress;
        _pump = new ChunkPump("OCI blob", open, pool, ReserveChunks, _chunks);
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        if (_current is not null && _offset == _current.Length)
        {
            _pump.Release(_current);
            _current = null;
        }
        if (_current is null)
        {
            _cancellation.ThrowIfCancellationRequested();
            _offset = 0;
            _current = _chunks.Take();
            if (_current is null)
            {
                _pump.ThrowIfFailed();
                return 0;
            }
        }
        int count = Math.Min(buffer.Length, _current.Length - _offset);
        _current.Data.Slice(_offset, count).CopyTo(buffer);
        _offset += count;
        BytesRead += count;
        _progress?.Count(BytesRead);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _pump.Dispose();
        base.Dispose(disposing);
    }
}
