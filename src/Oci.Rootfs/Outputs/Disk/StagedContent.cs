using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>One row's content that was written ahead, with its metadata and its current place.</summary>
internal sealed class StagedContent(ContentRef content, int path, NodeMetadata written)
{
    public ContentRef Content { get; } = content;

    public NodeMetadata Written { get; } = written;

    /// <summary>Its path in the staging tree, or <see cref="PathTable.None"/> while it is aside.</summary>
    public int Path { get; set; } = path;

    /// <summary>Its path in the merged tree, or <see cref="PathTable.None"/> when no path needs it.</summary>
    public int Target { get; set; } = PathTable.None;

    /// <summary>The file's stamp when its writer was done with it; none once it was moved, linked or changed since.</summary>
    public Stamp Stamp { get; set; }
}
