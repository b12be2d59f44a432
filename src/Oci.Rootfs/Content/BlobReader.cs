using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Content;

/// <summary>Reads verified blobs of an image.</summary>
internal static class BlobReader
{
    /// <summary>Opens a blob as stored. If it can be read to its end, it matches its descriptor.</summary>
    public static VerifyingStream Open(ImageSource source, Descriptor descriptor) => new(source.OpenBlob(descriptor), descriptor);

    /// <summary>Reads a whole, verified document. It checks the size against the limits before it takes memory for it.</summary>
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
