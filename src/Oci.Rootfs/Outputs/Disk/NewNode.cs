namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// The metadata that the file system gives a new file or directory in staging. The engine asks for it once, and then sets only metadata
/// that differs.
/// </summary>
/// <param name="Uid">The maker's user; some file systems give another.</param>
/// <param name="Gid">The maker's group; some file systems give another.</param>
/// <param name="Umask">The permissions that the umask takes away.</param>
/// <param name="GivesMode">False where the file system gives a mode of its own. Then the engine always sets the mode.</param>
internal readonly record struct NewNode(uint Uid, uint Gid, uint Umask, bool GivesMode)
{
    /// <summary>setuid, setgid and sticky: a node never has them while the engine still writes it.</summary>
    private const uint SpecialBits = 0b111_000_000_000; // 07000

    public bool HasOwner(in NodeMetadata wanted) => wanted.Uid == Uid && wanted.Gid == Gid;

    /// <summary>Whether a node made with one mode has to get another.</summary>
    public bool HasMode(uint madeWith, uint wanted) => GivesMode && madeWith == wanted && (wanted & (SpecialBits | Umask)) == 0;
}
