using System.Security.Cryptography;
using Oci.Rootfs.Content;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Layers;

/// <summary>
/// One layer as the tar reader sees it: one thread reads and verifies it, another inflates it and a third hashes it, while the reader's own
/// thread parses.
/// </summary>
internal sealed class LayerInput : TarInput, IDisposable
{
    /// <summary>20 MiB: how far one layer may be inflated ahead of its reader.</summary>
    public const int UsualReserve = 80;

    private readonly IReadOnlyList<IncrementalHash> _hashes;
    private readonly ChunkQueue _toHash = new();
    private readonly ChunkQueue _toRead = new();
    private readonly ChunkPump _pump;
    private readonly WorkerThread _hashing;
    private readonly CancellationToken _cancellation;
    private readonly LayerProgress? _progress;
    private Chunk? _current;
    private int _offset;

    /// <param name="open">Opens the inflated, verifying stream; called on the decoding thread, which also closes it.</param>
    /// <param name="algorithms">The digest algorithms of the config's diff_ids: usually one.</param>
    /// <param name="pool">Where buffers come from.</param>
    /// <param name="reserve">The number of chunks that the layer may be inflated ahead.</param>
    /// <param name="progress">Says, before every chunk, how far the reader is.</param>
    /// <param name="cancellation">Checked with every chunk, because skipping a large file takes time too.</param>
    public LayerInput(Func<Stream> open, IEnumerable<string> algorithms, ChunkPool pool, int reserve, LayerProgress? progress, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _progress = progress;
        _hashes = [.. algorithms.Select(DigestHash.Create)];
        _pump = new ChunkPump("OCI layer", open, pool, reserve, _toHash, _toRead);
        _hashing = new WorkerThread("OCI diff_id", Hash);
    }

    public override ReadOnlySpan<byte> Peek()
    {
        if (_current is null || _offset == _current.Length)
            Next();
        return _current is null ? [] : _current.Data[_offset..];
    }

    public override void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (_current?.Length ?? 0) - _offset, nameof(count));
        _offset += count;
        Position += count;
    }

    /// <summary>Returns the digests of all bytes, one for each algorithm. The caller must have read the input to its end.</summary>
    public IReadOnlyList<Digest> Digests()
    {
        _hashing.Finish();
        _pump.ThrowIfFailed();
        return [.. _hashes.Select(DigestHash.Finish)];
    }

    public void Dispose()
    {
        _pump.Dispose();
        _hashing.Dispose();
        foreach (IncrementalHash hash in _hashes)
            hash.Dispose();
    }

    private void Hash()
    {
        try
        {
            while (_toHash.Take() is { } chunk)
            {
                foreach (IncrementalHash hash in _hashes)
                    hash.AppendData(chunk.Data);
                _pump.Release(chunk);
            }
        }
        finally
        {
            // If hashing fails, these chunks must go back all the same, or the pump would wait for them.
            while (_toHash.Take() is { } chunk)
                _pump.Release(chunk);
        }
    }

    private void Next()
    {
        _cancellation.ThrowIfCancellationRequested();
        _progress?.Say(Position);
        if (_current is not null)
            _pump.Release(_current);
        _offset = 0;
        _current = _toRead.Take();
        if (_current is null)
            _pump.ThrowIfFailed();
    }
}
