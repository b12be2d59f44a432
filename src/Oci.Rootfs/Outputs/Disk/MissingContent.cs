using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>A file's content that was not written ahead.</summary>
/// <param name="Content">Which it is.</param>
/// <param name="Path">Where it goes.</param>
/// <param name="Metadata">What to set on it.</param>
internal sealed record MissingContent(ContentRef Content, int Path, NodeMetadata Metadata);
