namespace Oci.Rootfs.Tar;

/// <summary>
/// One entry of a tar archive as its headers describe it, with long names, PAX records and sparse maps applied. Names are bytes, exactly as
/// stored (rule 46), because the tar reader does not clean them. The reader reuses one instance, so callers copy what they keep.
/// </summary>
internal sealed class TarEntry
{
    /// <summary>0 for the archive's first real entry. PAX and GNU helper headers do not count.</summary>
    public int Ordinal;

    public EntryKind Kind;

    /// <summary>Never empty. May begin or end with slashes and hold any byte but NUL.</summary>
    public ReadOnlyMemory<byte> Name;

    /// <summary>The target of a symlink or hardlink; otherwise empty.</summary>
    public ReadOnlyMemory<byte> LinkName;

    /// <summary>The twelve permission bits, 07777; file-type bits are masked (rule 77).</summary>
    public uint Mode;

    public uint Uid;

    public uint Gid;

    public FileTime Mtime;

    /// <summary>A file's apparent size in bytes, holes included (rule 71); 0 for everything else (rule 60).</summary>
    public long Size;

    public uint DeviceMajor;

    public uint DeviceMinor;

    /// <summary>
    /// The attributes of <c>SCHILY.xattr.</c> and <c>LIBARCHIVE.xattr.</c> records; SCHILY wins (rule 69). No name occurs twice.
    /// </summary>
    public IReadOnlyList<Xattr> Xattrs = [];
}
