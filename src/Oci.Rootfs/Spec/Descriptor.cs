namespace Oci.Rootfs.Spec;

/// <summary>image-spec descriptor.md: what a blob is, how long it is, and its digest.</summary>
internal sealed record Descriptor(string MediaType, Digest Digest, long Size)
{
    /// <summary>Of its annotations, the only ones that are kept: what it is called.</summary>
    public DescriptorNames Names { get; init; } = DescriptorNames.None;

    /// <summary>Whether it has docker's annotation for what is no image but belongs to one (rule 93).</summary>
    public bool IsReference { get; init; }

    public OciPlatform? Platform { get; init; }
}
