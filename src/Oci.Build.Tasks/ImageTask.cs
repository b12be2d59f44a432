using Microsoft.Build.Framework;
using Oci.Rootfs;

namespace Oci.Build.Tasks;

/// <summary>What the tasks that read an image have in common: which image, how, at what cost.</summary>
public abstract partial class ImageTask : EngineTask
{
    /// <summary>An OCI archive, a docker-archive, either of them compressed as a whole, or an OCI layout directory.</summary>
    [Required]
    public string Image { get; set; } = "";

    /// <summary>The reference name or manifest digest to take; default: the only one.</summary>
    public string? Reference { get; set; }

    /// <summary>Where an archive that is compressed as a whole is unpacked, once. Without it such an archive is refused.</summary>
    public string? CacheDirectory { get; set; }

    /// <summary>Whether ISA-L (<c>libisal.so.2</c>) may inflate gzip, and <c>libzstd.so.1</c> zstd, where they are installed. Default: true.</summary>
    public bool UseNativeDecoders { get; set; } = true;

    private protected override string About => Image;

    /// <summary>The part of a request that is the same for all.</summary>
    /// <param name="name">The image's short name.</param>
    /// <param name="tree">The absolute path of the tree.</param>
    private protected RootfsRequest Request(string name, string tree) => new()
    {
        Image = AbsoluteImage,
        DisplayName = Image,
        Name = name,
        RootfsDirectory = tree,
        Reference = NullIfEmpty(Reference),
        CacheDirectory = string.IsNullOrEmpty(CacheDirectory) ? null : TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(CacheDirectory), CacheDirectory),
        UseNativeDecoders = UseNativeDecoders,
        Limits = ParseLimits(),
        Log = Say,
    };

    private protected string AbsoluteImage => TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(Image), Image);

    private protected static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
