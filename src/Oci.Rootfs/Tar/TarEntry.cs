namespace Oci.Rootfs.Tar;

/// <summary>
/// One entry of a tar archive as its headers describe it, long names, PAX records and sparse maps applied. Names are bytes, exactly as
/// stored (rule 46): cleaning them is not the tar reader's work. The reader reuses one instance: what is needed later is copied.
/// </summary>
internal sealed class TarEntry
{
    /// <summary>0 for the first real entry of the archive, counting neither PAX nor GNU helper headers.</summary>
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

    /// <summary>Apparent size in bytes of a file, holes included (rule 71); 0 for everything else (rule 60).</summary>
    public long Size;

    public uint DeviceMajor;

    public uint DeviceMinor;

    /// <summary>Of <c>SCHILY.xattr.</c> and <c>LIBARCHIVE.xattr.</c> records, SCHILY winning (rule 69); no name twice.</summary>
    public IReadOnlyList<Xattr> Xattrs = [];
}
