using System.Globalization;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>What an image may cost at the most: one parameter a limit, of the limit's own name; text, so that a wrong value is an error of ours. See <see cref="RootfsLimits"/>.</summary>
public abstract partial class ImageTask
{
    /// <inheritdoc cref="RootfsLimits.MaxUncompressedBytes"/>
    public string? MaxUncompressedBytes { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxArchiveBytes"/>
    public string? MaxArchiveBytes { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxFileBytes"/>
    public string? MaxFileBytes { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxNodes"/>
    public string? MaxNodes { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxNameBytes"/>
    public string? MaxNameBytes { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxPathDepth"/>
    public string? MaxPathDepth { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxResolutionSteps"/>
    public string? MaxResolutionSteps { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxCompressionRatio"/>
    public string? MaxCompressionRatio { get; set; }

    /// <inheritdoc cref="RootfsLimits.RatioFreeBytes"/>
    public string? RatioFreeBytes { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxZstdWindowBytes"/>
    public string? MaxZstdWindowBytes { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxJsonBytes"/>
    public string? MaxJsonBytes { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxJsonDepth"/>
    public string? MaxJsonDepth { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxTarHeaderBytes"/>
    public string? MaxTarHeaderBytes { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxIndexDepth"/>
    public string? MaxIndexDepth { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxIndexes"/>
    public string? MaxIndexes { get; set; }

    /// <inheritdoc cref="RootfsLimits.MaxMtreeBytes"/>
    public string? MaxMtreeBytes { get; set; }

    private RootfsLimits ParseLimits()
    {
        RootfsLimits byDefault = new();
        return new RootfsLimits
        {
            MaxUncompressedBytes = Limit(nameof(MaxUncompressedBytes), MaxUncompressedBytes, byDefault.MaxUncompressedBytes),
            MaxArchiveBytes = Limit(nameof(MaxArchiveBytes), MaxArchiveBytes, byDefault.MaxArchiveBytes),
            MaxFileBytes = Limit(nameof(MaxFileBytes), MaxFileBytes, byDefault.MaxFileBytes),
            MaxNodes = Limit(nameof(MaxNodes), MaxNodes, byDefault.MaxNodes),
            MaxNameBytes = Limit(nameof(MaxNameBytes), MaxNameBytes, byDefault.MaxNameBytes),
            MaxPathDepth = Limit(nameof(MaxPathDepth), MaxPathDepth, byDefault.MaxPathDepth),
            MaxResolutionSteps = Limit(nameof(MaxResolutionSteps), MaxResolutionSteps, byDefault.MaxResolutionSteps),
            MaxCompressionRatio = Limit(nameof(MaxCompressionRatio), MaxCompressionRatio, byDefault.MaxCompressionRatio),
            RatioFreeBytes = Limit(nameof(RatioFreeBytes), RatioFreeBytes, byDefault.RatioFreeBytes),
            MaxZstdWindowBytes = Limit(nameof(MaxZstdWindowBytes), MaxZstdWindowBytes, byDefault.MaxZstdWindowBytes),
            MaxJsonBytes = Limit(nameof(MaxJsonBytes), MaxJsonBytes, byDefault.MaxJsonBytes),
            MaxJsonDepth = Limit(nameof(MaxJsonDepth), MaxJsonDepth, byDefault.MaxJsonDepth),
            MaxTarHeaderBytes = Limit(nameof(MaxTarHeaderBytes), MaxTarHeaderBytes, byDefault.MaxTarHeaderBytes),
            MaxIndexDepth = Limit(nameof(MaxIndexDepth), MaxIndexDepth, byDefault.MaxIndexDepth),
            MaxIndexes = Limit(nameof(MaxIndexes), MaxIndexes, byDefault.MaxIndexes),
            MaxMtreeBytes = Limit(nameof(MaxMtreeBytes), MaxMtreeBytes, byDefault.MaxMtreeBytes),
        };
    }

    private static int Limit(string name, string? value, int byDefault) => (int)Limit(name, value, byDefault, int.MaxValue);

    private static long Limit(string name, string? value, long byDefault, long most = long.MaxValue)
    {
        if (string.IsNullOrEmpty(value))
            return byDefault;
        bool valid = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) && limit > 0 && limit <= most;
        return valid ? limit : throw BuildErrors.BadLimit(name, value, most);
    }
}
