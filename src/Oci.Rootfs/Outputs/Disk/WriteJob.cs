using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>A new file to write: its place, its name in messages, its metadata.</summary>
/// <param name="Directory">Held for this job; the writer releases it.</param>
/// <param name="Name">The last component.</param>
/// <param name="ShownPath">The path in the image, for messages.</param>
/// <param name="Metadata">Set after the content: writing takes setuid bits and capabilities away.</param>
/// <param name="Staged">Gets the file's stamp; null where nobody wants it.</param>
internal readonly record struct WriteJob(DirectoryHandle Directory, ReadOnlyMemory<byte> Name, byte[] ShownPath, NodeMetadata Metadata, StagedContent? Staged = null);
