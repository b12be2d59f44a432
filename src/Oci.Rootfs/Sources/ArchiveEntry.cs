using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Sources;

/// <summary>What an image archive has under a name.</summary>
/// <param name="Kind">File, link, …</param>
/// <param name="Offset">Of its stored content in the archive.</param>
/// <param name="Size">Of its content in bytes, holes included.</param>
/// <param name="Target">Of a link: the cleaned name that it leads to; null where that is outside the archive.</param>
/// <param name="Earlier">Another entry of the same name, further up in the archive.</param>
internal sealed record ArchiveEntry(EntryKind Kind, long Offset, long Size, string? Target, ArchiveEntry? Earlier)
{
    /// <summary>Where in a sparse file its stored content belongs; null for a file that is stored as it is.</summary>
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
