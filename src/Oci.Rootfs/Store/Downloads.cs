using Oci.Rootfs.Context;
using Oci.Rootfs.Os;
using Oci.Rootfs.Registry;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Store;

/// <summary>
/// Fetches blobs into the store, several at once, in the order in which they are wanted. Its owner cancels what still
/// runs before it disposes; what is not complete stays for the next build.
/// </summary>
internal sealed class Downloads : IDisposable
{
    private readonly BlobStore _store;
    private readonly IRegistry _registry;
    private readonly int _concurrency;
    private readonly EngineContext _context;
    private readonly Progress _progress;
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, GrowingBlob> _blobs = [];
    private readonly Queue<GrowingBlob> _waiting = new();
    private readonly List<WorkerThread> _threads = [];
    private (int Blobs, long Bytes) _fetched;
    private int _running, _complete;
    private long _bytes, _bytesWanted;

    /// <param name="store">The store.</param>
    /// <param name="registry">Where the blobs come from.</param>
    /// <param name="concurrency">The number of blobs that are fetched at once.</param>
    /// <param name="context">Log and cancellation.</param>
    public Downloads(BlobStore store, IRegistry registry, int concurrency, EngineContext context)
    {
        (_store, _registry, _concurrency) = (store, registry, concurrency);
        _context = context;
        _progress = new Progress(context);
    }

    /// <summary>The blobs that came from the registry since the last call, and the bytes of them that came.</summary>
    public (int Blobs, long Bytes) TakeFetched()
    {
        lock (_lock)
        {
            (int, long) fetched = _fetched;
            _fetched = default;
            return fetched;
        }
    }

    /// <summary>The blobs that were wanted.</summary>
    public IReadOnlyCollection<Digest> Digests
    {
        get
        {
            lock (_lock)
                return [.. _blobs.Keys];
        }
    }

    /// <summary>Whether a reader may have read bytes that turned out to be wrong, and another try may bring the right ones.</summary>
    public bool MayHelpToRepeat
    {
        get
        {
            lock (_lock)
                return _blobs.Values.Any(static blob => blob.MayHelpToRepeat);
        }
    }

    /// <summary>Begins to fetch blobs, and returns the one that is wanted first.</summary>
    public GrowingBlob Start(Descriptor first, params IEnumerable<Descriptor> others)
    {
        lock (_lock)
        {
            GrowingBlob blob = Add(first);
            foreach (Descriptor other in others)
                Add(other);
            // A thread takes the next blob when it is done with one: there are as many as there is work for.
            for (int idle = _waiting.Count; idle > 0 && _running < _concurrency; idle--)
            {
                _running++;
                _threads.Add(new WorkerThread("OCI download", Work));
            }
            return blob;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (GrowingBlob blob in _waiting)
                blob.Fail(new OperationCanceledException());
            _waiting.Clear();
        }
        foreach (WorkerThread thread in _threads)
            thread.Dispose();
    }

    private GrowingBlob Add(Descriptor descriptor)
    {
        if (_blobs.TryGetValue(descriptor.Digest, out GrowingBlob? known))
            return known;
        GrowingBlob blob = new(descriptor);
        _blobs.Add(descriptor.Digest, blob);
        _waiting.Enqueue(blob);
        _bytesWanted += descriptor.Size;
        return blob;
    }

    private void Work()
    {
        while (Next() is { } blob)
        {
            try
            {
                long? fetched = new BlobDownload(_store, _registry, Count, _context).Run(blob);
                lock (_lock)
                {
                    _complete++;
                    if (fetched is { } bytes)
                        _fetched = (_fetched.Blobs + 1, _fetched.Bytes + bytes);
                }
                blob.Complete();
            }
            catch (Exception e) // Whoever reads the blob gets the exception.
            {
                blob.Fail(e);
            }
        }
    }

    private GrowingBlob? Next()
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out GrowingBlob? blob))
                return blob;
            _running--;
            return null;
        }
    }

    private void Count(int bytes)
    {
        lock (_lock)
        {
            _bytes += bytes;
            _progress.Blobs(_complete, _blobs.Count, _bytes, _bytesWanted);
        }
    }
}
