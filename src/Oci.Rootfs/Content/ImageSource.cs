using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Content;

/// <summary>An image as it lies on disk, whatever its form: an index and blobs by digest. Thread-safe; streams are independent.</summary>
internal abstract class ImageSource : IDisposable
{
    private long _documentBytes;

    /// <summary>The image as the user named it, for messages.</summary>
    public required string DisplayName { get; init; }

    /// <summary>The bytes of the top index document, at most <see cref="RootfsLimits.MaxJsonBytes"/>.</summary>
    public abstract byte[] ReadIndex();

    public abstract bool HasBlob(Digest digest);

    /// <summary>
    /// Opens a blob's bytes, not verified: callers go through <see cref="BlobReader"/>. It fails with a coded error where the blob is
    /// missing or is no file, and where its stored length differs from the descriptor's.
    /// </summary>
    public abstract Stream OpenBlob(Descriptor descriptor);

    /// <summary>
    /// Tells the source which blobs will be opened, in that order. A source that fetches begins with it now; one that may not fetch says here
    /// what is missing.
    /// </summary>
    /// <exception cref="OciException">Some blob can't be had.</exception>
    public virtual void Expect(IReadOnlyList<Descriptor> blobs)
    {
    }

    /// <summary>Makes sure that blobs can be opened later without a network.</summary>
    /// <exception cref="OciException">Some blob can't be had.</exception>
    public virtual void Fetch(IReadOnlyList<Descriptor> blobs)
    {
    }

    /// <summary>
    /// Ends what the source does ahead, and every wait for it: the work has failed, and nobody reads on. The source can be used again.
    /// </summary>
    public virtual void Stop()
    {
    }

    /// <summary>Called when the work is done and everything that was read was right.</summary>
    public virtual void Finish()
    {
    }

    /// <summary>
    /// Called after the work has failed. A source that keeps copies looks whether one of them is wrong, and removes it.
    /// </summary>
    /// <returns>True when the work may succeed if it is done again, with this source opened anew.</returns>
    public virtual bool Mends(OciException failure) => false;

    /// <summary>
    /// Counts a document before every read of it: an image may list one document a thousand times, or list a thousand documents of the
    /// greatest length.
    /// </summary>
    /// <exception cref="OciException">OCI4232: the image's documents are too large in all.</exception>
    public void CountDocument(long bytes, EngineContext context)
    {
        context.ThrowIfCancelled();
        long all = Interlocked.Add(ref _documentBytes, bytes);
        if (all > context.Limits.MaxJsonBytesInAll)
            throw LimitErrors.JsonBytesInAll(context.Limits.MaxJsonBytesInAll, all);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
