using System.Runtime.CompilerServices;
using Microsoft.Build.Framework;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>What the tasks that read an image have in common: which image, how, at what cost.</summary>
public abstract class ImageTask : EngineTask
{
    /// <summary>An OCI archive, a docker-archive, either of them compressed as a whole, or an OCI layout directory.</summary>
    [Required]
    public string Image { get; set; } = "";

    /// <summary>
    /// The image's <c>OciImage</c> item. A parameter that is not set has the value of the item's metadata of its name; one that is set goes
    /// before the item.
    /// </summary>
    public ITaskItem? Item { get; set; }

    /// <summary>The reference name or manifest digest to take; default: the only one.</summary>
    public string? Reference { get; set; }

    /// <summary>Where an archive that is compressed as a whole is unpacked, once. Without it such an archive is refused.</summary>
    public string? CacheDirectory { get; set; }

    /// <summary>Whether ISA-L (<c>libisal.so.2</c>) may inflate gzip, and <c>libzstd.so.1</c> zstd, where they are installed. Default: true.</summary>
    public bool UseNativeDecoders { get; set; } = true;

    /// <summary>What the image may cost at the most: <c>MaxNodes=5;MaxFileBytes=1000</c>. A limit that it does not name has its default. See docs/limits.md.</summary>
    public string? Limits { get; set; }

    private protected override string About => Image;

    /// <summary>The part of a request that is the same for all.</summary>
    /// <param name="name">The image's short name.</param>
    /// <param name="tree">The absolute path of the tree.</param>
    private protected RootfsRequest Request(string name, string tree) => new()
    {
        Image = new ImageReference(AbsoluteImage) { DisplayName = Image },
        Name = name,
        RootfsDirectory = tree,
        Reference = Setting(Reference),
        CacheDirectory = string.IsNullOrEmpty(CacheDirectory) ? null : TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(CacheDirectory), CacheDirectory),
        UseNativeDecoders = UseNativeDecoders,
        Limits = new RootfsLimits().With(Setting(Limits)),
        Log = Say,
    };

    private protected string AbsoluteImage => TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(Image), Image);

    /// <summary>What the parameter says, else what the item says.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="name">The parameter's name, which is the metadata's too.</param>
    /// <returns>Null when neither says anything.</returns>
    private protected string? Setting(string? parameter, [CallerArgumentExpression(nameof(parameter))] string name = "")
    {
        string? value = string.IsNullOrEmpty(parameter) ? Item?.GetMetadata(name) : parameter;
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <inheritdoc cref="Setting"/>
    /// <returns>False when neither says anything. The words are MSBuild's own.</returns>
    private protected bool Flag(string? parameter, [CallerArgumentExpression(nameof(parameter))] string name = "")
    {
        string? value = Setting(parameter, name);
        return value?.ToUpperInvariant() switch
        {
            "TRUE" or "ON" or "YES" => true,
            null or "FALSE" or "OFF" or "NO" => false,
            _ => throw BuildErrors.BadFlag(name, value),
        };
    }
}
