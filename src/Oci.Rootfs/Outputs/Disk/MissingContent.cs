using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>A file's content that was not written ahead.</summary>
/// <param name="Content">The row that the content belongs to.</param>
/// <param name="Path">The path to write at.</param>
/// <param name="Metadata">The metadata to set.</param>
internal sealed record MissingContent(ContentRef Content, int Path, NodeMetadata Metadata);
