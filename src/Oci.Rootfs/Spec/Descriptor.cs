namespace Oci.Rootfs.Spec;

/// <summary>image-spec descriptor.md: what a blob is, how long it is, and its digest.</summary>
internal sealed record Descriptor(string MediaType, Digest Digest, long Size)
{
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    public OciPlatform? Platform { get; init; }
}
