using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Registry;

/// <summary>
/// What the engine asks of a registry: one image's documents and blobs. A client library could take the place of <see
/// cref="RegistryClient"/>. All methods may be called by several threads at once.
/// </summary>
internal interface IRegistry : IDisposable
{
    /// <summary>Fetches an index or a manifest.</summary>
    /// <param name="digest">Its digest, which is checked; null for what the tag means now.</param>
    /// <exception cref="OciException">It can't be had.</exception>
    FetchedManifest GetManifest(Digest? digest);

    /// <summary>Asks what the tag means, at less cost than <see cref="GetManifest"/>.</summary>
    /// <returns>What the registry says, unchecked; null where it says nothing.</returns>
    Digest? AskForTag();

    /// <summary>Opens a blob's bytes. The stream goes on by itself where a connection breaks. It checks the size, and not the digest.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="offset">The bytes that the caller has already.</param>
    /// <param name="fromMirrors">Whether mirrors may be asked.</param>
    BlobTransfer OpenBlob(Descriptor blob, long offset, bool fromMirrors = true);
}
