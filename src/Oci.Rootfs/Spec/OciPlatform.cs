namespace Oci.Rootfs.Spec;

/// <summary>The system that an image runs on: <c>os/architecture[/variant]</c> (image-spec image-index.md, "platform").</summary>
internal sealed record OciPlatform(string Os, string Architecture, string? Variant = null)
{
    /// <summary><c>os.version</c>, which is carried but selects nothing.</summary>
    public string? OsVersion { get; init; }

    /// <summary><c>os.features</c>, which are carried but select nothing.</summary>
    public IReadOnlyList<string> OsFeatures { get; init; } = [];

    /// <summary>Null where the operating system or the architecture is absent or empty (rule 94).</summary>
    public static OciPlatform? OrNull(string? os, string? architecture, string? variant, string? version, IReadOnlyList<string>? features) =>
        string.IsNullOrEmpty(os) || string.IsNullOrEmpty(architecture) ? null : new(os, architecture, string.IsNullOrEmpty(variant) ? null : variant)
        {
            OsVersion = string.IsNullOrEmpty(version) ? null : version,
            OsFeatures = features ?? [],
        };

    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
