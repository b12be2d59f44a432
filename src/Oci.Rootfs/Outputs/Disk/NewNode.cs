namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// What a file or directory has of itself when it is made in staging: asked of the file system once, so that what most nodes have already
/// need not be set on each of them.
/// </summary>
/// <param name="Uid">Of whoever makes it; some file systems give another.</param>
/// <param name="Gid">Its group.</param>
/// <param name="Umask">The permissions that are taken away.</param>
/// <param name="GivesMode">False where a file system gives a mode of its own, whatever is asked for: then it is always set.</param>
internal readonly record struct NewNode(uint Uid, uint Gid, uint Umask, bool GivesMode)
{
    /// <summary>setuid, setgid and sticky: never given to a node that is still being written.</summary>
    private const uint SpecialBits = 0b111_000_000_000; // 07000

    public bool HasOwner(in NodeMetadata wanted) => wanted.Uid == Uid && wanted.Gid == Gid;

    /// <summary>Whether a node that was made with one mode has another.</summary>
    public bool HasMode(uint madeWith, uint wanted) => GivesMode && madeWith == wanted && (wanted & (SpecialBits | Umask)) == 0;
}
