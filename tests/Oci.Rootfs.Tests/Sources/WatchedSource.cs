using Oci.Rootfs.Content;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Tests.Sources;

/// <summary>An image that tells which blobs are opened.</summary>
internal sealed class WatchedSource(ImageSource source, Action<string> opened) : ImageSource
{
    public override byte[] ReadIndex() => source.ReadIndex();

    public override bool HasBlob(Digest digest) => source.HasBlob(digest);

    public override Stream OpenBlob(Descriptor descriptor)
    {
        opened(descriptor.Digest.ToString());
        return source.OpenBlob(descriptor);
    }

    protected override void Dispose(bool disposing)
    {
        // The owner of the image itself does that.
    }
}
