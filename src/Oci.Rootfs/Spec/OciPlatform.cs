namespace Oci.Rootfs.Spec;

/// <summary>What an image runs on: <c>os/architecture[/variant]</c> (image-spec image-index.md, "platform").</summary>
internal sealed record OciPlatform(string Os, string Architecture, string? Variant = null)
{
    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
