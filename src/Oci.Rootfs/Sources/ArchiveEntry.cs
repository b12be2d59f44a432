using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Sources;

/// <summary>The entry that an image archive has under a name.</summary>
/// <param name="Kind">File, link, …</param>
/// <param name="Offset">Where its stored content begins in the archive.</param>
/// <param name="Size">The size of its content in bytes, holes included.</param>
/// <param name="Target">The cleaned name that a link leads to; null where it leads out of the archive.</param>
/// <param name="Earlier">An entry of the same name earlier in the archive.</param>
internal sealed record ArchiveEntry(EntryKind Kind, long Offset, long Size, string? Target, ArchiveEntry? Earlier)
{
    /// <summary>The places of a sparse file's stored content; null for a file that is stored as it is.</summary>
    public FileExtent[]? Extents { get; init; }

    public bool IsLink => Kind is EntryKind.Symlink or EntryKind.Hardlink;

    public string KindName => Kind switch
    {
        EntryKind.File => "a regular file",
        EntryKind.Directory => "a directory",
        EntryKind.Symlink => "a symbolic link",
        EntryKind.Hardlink => "a hard link",
        EntryKind.Fifo => "a FIFO",
        _ => "a device",
    };
}
