namespace Oci.Rootfs.Spec;

/// <summary>
/// The names in a descriptor's annotations; null for a missing one. Never empty, never longer than <see cref="MostBytes"/>.
/// </summary>
/// <param name="Full"><c>io.containerd.image.name</c>, as in <c>docker.io/library/alpine:3</c>.</param>
/// <param name="Short"><c>org.opencontainers.image.ref.name</c>, often a tag only.</param>
internal sealed record DescriptorNames(string? Full, string? Short)
{
    public const string FullKey = "io.containerd.image.name";
    public const string ShortKey = "org.opencontainers.image.ref.name";

    /// <summary>Docker's own names end at some 400 bytes, so no user asks for a longer one. A longer name counts as missing.</summary>
    public const int MostBytes = 4096;

    public static DescriptorNames None { get; } = new(null, null);
}
