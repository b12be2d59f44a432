using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>The content of one row that was written ahead, the metadata it was given, and where it stands.</summary>
internal sealed class StagedContent(ContentRef content, int path, NodeMetadata written)
{
    public ContentRef Content { get; } = content;

    public NodeMetadata Written { get; } = written;

    /// <summary>Its path in the staging tree, or <see cref="PathTable.None"/> while it is aside.</summary>
    public int Path { get; set; } = path;

    /// <summary>The path of the merged tree that it belongs at, or <see cref="PathTable.None"/> when nobody wants it.</summary>
    public int Target { get; set; } = PathTable.None;
}
