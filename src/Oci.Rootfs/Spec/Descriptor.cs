namespace Oci.Rootfs.Spec;

/// <summary>image-spec descriptor.md: a blob's media type, digest and size.</summary>
internal sealed record Descriptor(string MediaType, Digest Digest, long Size)
{
    /// <summary>The names from its annotations. No other annotations are kept.</summary>
    public DescriptorNames Names { get; init; } = DescriptorNames.None;

    /// <summary>Whether docker's annotation marks it as part of an image but no image itself (rule 93).</summary>
    public bool IsReference { get; init; }

    public OciPlatform? Platform { get; init; }
}
