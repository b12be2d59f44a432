using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Build.Framework;
using Oci.Rootfs;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>The common parameters of the tasks that read an image: which image, how, and at what cost.</summary>
public abstract class ImageTask : EngineTask
{
    /// <summary>
    /// An OCI archive, a docker-archive, either of them compressed as a whole, an OCI layout directory, or an image in a registry:
    /// <c>docker://HOST/REPOSITORY:TAG@DIGEST</c>.
    /// </summary>
    [Required]
    public ITaskItem Image { get; set; } = null!;

    /// <summary>
    /// The image's <c>OciImage</c> item. A parameter overrides the item. A parameter that is not set takes its value from the item's
    /// metadata of its name.
    /// </summary>
    public ITaskItem? Item { get; set; }

    /// <summary>The reference name or manifest digest to take; default: the only one.</summary>
    public string? Reference { get; set; }

    /// <summary>
    /// The directory for unpacking an archive that is compressed as a whole. Without it, every build unpacks the archive again, into a file
    /// without a name beside the tree.
    /// </summary>
    public ITaskItem? CacheDirectory { get; set; }

    /// <summary>
    /// Whether ISA-L (<c>libisal.so.2</c>) may inflate gzip, and <c>libzstd.so.1</c> zstd, where they are installed. Default: true.
    /// </summary>
    public bool UseNativeDecoders { get; set; } = true;

    /// <summary>
    /// The most that the image may cost: <c>MaxNodes=5;MaxFileBytes=1000</c>. Every other limit has its default. See docs/limits.md.
    /// </summary>
    public string? Limits { get; set; }

    /// <summary>
    /// How images in registries are found, fetched and kept: an item whose metadata are the settings (docs/registries.md). Without it, a tag is
    /// not pinned.
    /// </summary>
    public ITaskItem? Registries { get; set; }

    /// <summary>Other places with the content of a registry: items with its host, their place in <c>Location</c>.</summary>
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild gives lists as.")]
    public ITaskItem[] RegistryMirrors { get; set; } = [];

    private protected override string About => Image.ItemSpec;

    /// <summary>The common part of all requests.</summary>
    /// <param name="name">The image's short name.</param>
    /// <param name="tree">The absolute path of the tree; null for none.</param>
    private protected RootfsRequest Request(string name, string? tree) => new()
    {
        Image = Named,
        Name = name,
        RootfsDirectory = tree,
        Reference = Setting(Reference),
        CacheDirectory = CacheDirectory is null ? null : TaskPaths.AbsoluteDirectory(nameof(CacheDirectory), CacheDirectory),
        UseNativeDecoders = UseNativeDecoders,
        Registries = RegistrySettings.Of(Registries, RegistryMirrors, Item),
        Limits = new RootfsLimits().With(Setting(Limits)),
        Log = Say,
    };

    private ImageReference Named => RootfsExtractor.NamesRegistry(Image.ItemSpec)
        ? Setting(Reference) is { } reference ? throw RegistryErrors.HasReference(reference) : RootfsExtractor.InRegistry(Image.ItemSpec)
        : new ImageReference(TaskPaths.AbsoluteDirectory(nameof(Image), Image)) { DisplayName = Image.ItemSpec };

    /// <summary>The image's short name.</summary>
    /// <param name="given">The name that the user gave; null for none.</param>
    private protected string NameOf(string? given) => ImageName.Choose(given, Named, Image.ItemSpec);

    /// <summary>A sentence that says what chose the platform, where neither the user's item nor a property names one. Otherwise null.</summary>
    private protected string? PlatformChooser => Item?.GetMetadata(ResolveOciImages.PlatformFrom) is { Length: > 0 } identifier
        ? $"The project's RuntimeIdentifier '{SafeText.Show(identifier)}' chose the platform."
        : null;

    /// <inheritdoc />
    private protected override OciException Explain(OciException error) =>
        SelectionErrors.IsAboutPlatform(error.Code) && PlatformChooser is { } chooser ? error.WithHint(chooser) : error;

    /// <summary>Returns the parameter's value, or else the metadata's.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="name">The name of both the parameter and the metadata.</param>
    /// <returns>Null when neither is set.</returns>
    private protected string? Setting(string? parameter, [CallerArgumentExpression(nameof(parameter))] string name = "")
    {
        string? value = string.IsNullOrEmpty(parameter) ? Item?.GetMetadata(name) : parameter;
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary>Returns the parameter's value as a switch, or else the metadata's.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="unset">The value when neither is set.</param>
    /// <param name="name">The name of both the parameter and the metadata.</param>
    /// <returns>The value. The accepted words are MSBuild's own.</returns>
    private protected bool Flag(string? parameter, bool unset, [CallerArgumentExpression(nameof(parameter))] string name = "") =>
        FlagText.Parse(name, Setting(parameter, name), unset);
}
