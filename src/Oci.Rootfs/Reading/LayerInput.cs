using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Oci.Rootfs.Blobs;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Reading;

/// <summary>
/// One layer as the tar reader sees it, inflated on one thread and hashed on another while the reader's own thread parses. The chunks
/// between them are a fixed reserve of this layer's own: layers that shared one could starve each other.
/// </summary>
internal sealed class LayerInput : TarInput, IDisposable
{
    private const int ChunkBytes = 256 << 10;
    private const int ChunkCount = 16;
    private const int Watchers = 2;

    private readonly Func<Stream> _open;
    private readonly IReadOnlyList<IncrementalHash> _hashes;
    private readonly ChunkQueue _free = new();
    private readonly ChunkQueue _toHash = new();
    private readonly ChunkQueue _toRead = new();
    private readonly Thread _decoding;
    private readonly Thread _hashing;
    private readonly CancellationToken _cancellation;
    private ExceptionDispatchInfo? _failure;
    private Chunk? _current;
    private int _offset;
    private volatile bool _stopping;

    /// <param name="open">Opens the inflated, verifying stream; called on the decoding thread, which also closes it.</param>
    /// <param name="algorithms">The digest algorithms of the config's diff_ids: usually one.</param>
    /// <param name="cancellation">Looked at with every chunk: skipping a large file takes time too.</param>
    public LayerInput(Func<Stream> open, IEnumerable<string> algorithms, CancellationToken cancellation)
    {
        _open = open;
        _cancellation = cancellation;
        _hashes = [.. algorithms.Select(DigestHash.Create)];
        for (int i = 0; i < ChunkCount; i++)
            _free.Add(new Chunk(ChunkBytes));
        _decoding = Start("OCI layer decoder", Decode);
        _hashing = Start("OCI diff_id", Hash);
    }

    public override ReadOnlySpan<byte> Peek()
    {
        if (_current is null || _offset == _current.Length)
            Next();
        return _current is null ? [] : _current.Data.AsSpan(_offset, _current.Length - _offset);
    }

    public override void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, (_current?.Length ?? 0) - _offset, nameof(count));
        _offset += count;
        Position += count;
    }

    /// <summary>The digests of all that was read, one for each algorithm; the input must have been read to its end.</summary>
    public IReadOnlyList<Digest> Digests()
    {
        _hashing.Join();
        _failure?.Throw();
        return [.. _hashes.Select(DigestHash.Finish)];
    }

    public void Dispose()
    {
        _stopping = true;
        _free.End();
        _toHash.End();
        _decoding.Join();
        _hashing.Join();
        foreach (IncrementalHash hash in _hashes)
            hash.Dispose();
    }

    private static Thread Start(string name, ThreadStart work)
    {
        Thread thread = new(work) { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    private void Decode()
    {
        try
        {
            using Stream stream = _open();
            while (!_stopping && _free.Take() is { } chunk)
            {
                chunk.Length = stream.ReadAtLeast(chunk.Data, chunk.Data.Length, throwOnEndOfStream: false);
                if (chunk.Length == 0)
                    break;
                chunk.Holders = Watchers;
                _toHash.Add(chunk);
                _toRead.Add(chunk);
            }
        }
        catch (Exception e) // Handed to the reading thread: uncaught here, it would end MSBuild.
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            _toHash.End();
            _toRead.End();
        }
    }

    private void Hash()
    {
        while (_toHash.Take() is { } chunk)
        {
            foreach (IncrementalHash hash in _hashes)
                hash.AppendData(chunk.Data, 0, chunk.Length);
            Release(chunk);
        }
    }

    private void Next()
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_current is not null)
            Release(_current);
        _offset = 0;
        _current = _toRead.Take();
        if (_current is null)
            _failure?.Throw();
    }

    private void Release(Chunk chunk)
    {
        if (Interlocked.Decrement(ref chunk.Holders) == 0)
            _free.Add(chunk);
    }
}
