using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Content;

/// <summary>Verified blobs of an image.</summary>
internal static class BlobReader
{
    /// <summary>A blob as stored; whoever reads it to its end knows that it is what its descriptor says.</summary>
    public static VerifyingStream Open(ImageSource source, Descriptor descriptor) => new(source.OpenBlob(descriptor), descriptor);

    /// <summary>A whole document, verified. Its size is held against the limits before memory is taken for it.</summary>
    public static byte[] ReadAll(ImageSource source, Descriptor descriptor, EngineContext context)
    {
        if (descriptor.Size > context.Limits.MaxJsonBytes)
            throw LimitErrors.JsonBytes(descriptor.Digest.ToString(), context.Limits.MaxJsonBytes, descriptor.Size);
        source.CountDocument(descriptor.Size, context);
        using VerifyingStream stream = Open(source, descriptor);
        byte[] bytes = new byte[descriptor.Size];
        stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        stream.VerifyToEnd();
        return bytes;
    }
}
