using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Content;

/// <summary>An image as it lies on disk, whatever its form: an index and blobs by digest. Thread-safe; streams are independent.</summary>
internal abstract class ImageSource : IDisposable
{
    /// <summary>The image as the user named it, for messages.</summary>
    public required string DisplayName { get; init; }

    /// <summary>The bytes of the top index document, at most <see cref="RootfsLimits.MaxJsonBytes"/>.</summary>
    public abstract byte[] ReadIndex();

    public abstract bool HasBlob(Digest digest);

    /// <summary>
    /// A blob's bytes, not verified: callers go through <c>Blobs</c>. Fails with a coded error where the blob is missing or is no file,
    /// and where its stored length is not the descriptor's.
    /// </summary>
    public abstract Stream OpenBlob(Descriptor descriptor);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
