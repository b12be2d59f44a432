using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>A new file to be written: where, what it is called in messages, its metadata.</summary>
/// <param name="Directory">Held for this job; the writer releases it.</param>
/// <param name="Name">The last component.</param>
/// <param name="ShownPath">The path in the image, for messages.</param>
/// <param name="Metadata">Set once the content is written: writing would take setuid bits and capabilities away.</param>
internal readonly record struct WriteJob(DirectoryHandle Directory, ReadOnlyMemory<byte> Name, byte[] ShownPath, NodeMetadata Metadata);
