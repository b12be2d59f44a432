using Oci.Rootfs.Os;

namespace Oci.Rootfs.Registry;

/// <summary>A blob's bytes as they come from a registry.</summary>
internal abstract class BlobTransfer : ForwardStream
{
    /// <summary>Whether the bytes came by several connections, and so perhaps from several servers.</summary>
    public bool HasResumed { get; protected set; }

    /// <summary>Whether some of the bytes are a mirror's.</summary>
    public bool CameFromMirror { get; protected set; }
}
