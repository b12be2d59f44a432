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

    /// <summary>
    /// Gives each platform one spelling: aliases replaced, implied variants left out (amd64 v1, arm64 v8) or filled in (arm v7).
    /// </summary>
    public OciPlatform Normalise()
    {
        string architecture = Architecture.ToLowerInvariant();
        string? variant = Variant?.ToLowerInvariant();
        (architecture, variant) = architecture switch
        {
            "x86_64" or "x86-64" => ("amd64", variant),
            "aarch64" => ("arm64", variant),
            "armhf" => ("arm", variant ?? "v7"),
            "armel" => ("arm", variant ?? "v6"),
            "i386" or "i486" or "i586" or "i686" or "x86" => ("386", variant),
            _ => (architecture, variant),
        };
        if (variant is { Length: > 0 } && char.IsAsciiDigit(variant[0]) && architecture is "arm" or "arm64" or "amd64")
            variant = "v" + variant;
        variant = (architecture, variant) switch
        {
            ("amd64", "v1") or ("arm64", "v8" or "v8.0") => null,
            ("arm64", "v9.0") => "v9",
            ("arm", null) => "v7",
            _ => variant,
        };
        return new OciPlatform(Os.ToLowerInvariant(), architecture, variant);
    }

    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
