using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>
/// Fills in missing metadata of <c>OciImage</c> items and refuses items that would overwrite each other. It opens no image. The package's
/// own targets use it. They can't do this themselves, because a quote in a name ends a property function.
/// </summary>
[MSBuildMultiThreadableTask]
[SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "What MSBuild takes and gives lists as.")]
public sealed class ResolveOciImages : Microsoft.Build.Utilities.Task
{
    /// <summary>
    /// Metadata that tells items apart in the targets. MSBuild takes <c>App.tar</c> and <c>app.tar</c> for one batch otherwise.
    /// </summary>
    private const string Number = "OciNumber";

    /// <summary>Metadata with the RuntimeIdentifier, where that chose the platform: for messages.</summary>
    internal const string PlatformFrom = "OciRuntimeIdentifier";

    public ITaskItem[] Images { get; set; } = [];

    /// <summary><c>$(MSBuildProjectDirectory)</c>: what relative paths are relative to.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary><c>$(OutDir)</c>.</summary>
    [Required]
    public string OutputDirectory { get; set; } = "";

    /// <summary><c>$(IntermediateOutputPath)</c>.</summary>
    [Required]
    public string IntermediateDirectory { get; set; } = "";

    /// <summary><c>$(OciPlatform)</c>.</summary>
    public string? Platform { get; set; }

    public string? RuntimeIdentifier { get; set; }

    /// <summary><c>$(SOURCE_DATE_EPOCH)</c>.</summary>
    public string? SourceDateEpoch { get; set; }

    /// <summary><c>$(OciIncremental)</c>.</summary>
    public string? Incremental { get; set; }

    /// <summary><c>$(OciDrift)</c>.</summary>
    public string? Drift { get; set; }

    /// <summary><c>$(OciVerifyRootfs)</c>.</summary>
    public string? VerifyRootfs { get; set; }

    /// <summary><c>$(OciLimits)</c>: the limits that an item's own <c>Limits</c> does not set.</summary>
    public string? Limits { get; set; }

    /// <summary>The <c>OciRootfsFile</c> items, for warnings about them.</summary>
    public ITaskItem[] OwnFiles { get; set; } = [];

    /// <summary>The <c>OciRootfsDirectory</c> items, likewise.</summary>
    public ITaskItem[] OwnDirectories { get; set; } = [];

    /// <summary>The <c>OciRootfsSymlink</c> items, likewise.</summary>
    public ITaskItem[] OwnSymlinks { get; set; } = [];

    /// <summary>
    /// Whether mistakes in the items are errors. With false, the task leaves those items out. Where the targets resolve the items of one
    /// build several times, each mistake is reported once.
    /// </summary>
    public bool ReportErrors { get; set; } = true;

    /// <summary>Whether oddities of the items are warnings.</summary>
    public bool ReportWarnings { get; set; } = true;

    /// <summary>The items with all their metadata; the paths in it are absolute.</summary>
    [Output]
    public ITaskItem[] Resolved { get; private set; } = [];

    /// <summary>The small files that the extraction of the images writes outside the trees.</summary>
    [Output]
    public ITaskItem[] Files { get; private set; } = [];

    /// <inheritdoc />
    public override bool Execute()
    {
        OutputPaths paths = new();
        List<ITaskItem> resolved = new(Images.Length);
        HashSet<string> reported = new(StringComparer.Ordinal), taken = new(StringComparer.Ordinal);
        bool isOnlyRegistry = IsOnlyRegistry();
        foreach (ITaskItem image in Images)
        {
            try
            {
                TaskItem item = Resolve(image, isOnlyRegistry);
                if (taken.Add(Content(item)))
                    Add(item, resolved, paths);
                else
                    Log.LogMessage(MessageImportance.Low, $"The image '{SafeText.Show(image.ItemSpec)}' is listed twice with the same metadata, and taken once.");
            }
            catch (OciException error)
            {
                // A mistake of the project, such as its RuntimeIdentifier, would otherwise be an error of each item.
                if (ReportErrors && reported.Add(error.Message))
                    TaskLog.Error(Log, error, image.ItemSpec);
            }
        }
        if (ReportErrors)
        {
            foreach (OciException clash in paths.Clashes())
                TaskLog.Error(Log, clash, clash.Image);
        }
        if (ReportWarnings && !Log.HasLoggedErrors)
            WarnOfSameNames(resolved);
        if (ReportWarnings)
            WarnOfMetadata(resolved);
        for (int i = 0; i < resolved.Count; i++)
            resolved[i].SetMetadata(Number, i.ToString(CultureInfo.InvariantCulture));
        Resolved = [.. resolved];
        Files = [.. resolved.SelectMany(FilesOf)];
        return !Log.HasLoggedErrors;
    }

    private void WarnOfMetadata(IReadOnlyList<ITaskItem> resolved)
    {
        MisspeltMetadata.Warn(Images, ImageMetadata.Names, "image", Log);
        OwnItems.WarnOfMisspeltMetadata(OwnFiles, OwnDirectories, OwnSymlinks, Log);
        OwnItems.WarnOfUnknownImages([.. OwnFiles, .. OwnDirectories, .. OwnSymlinks], resolved, Log);
    }

    private TaskItem Resolve(ITaskItem image, bool isOnlyRegistry)
    {
        TaskItem item = new(image);
        ImageReference reference = ReferenceOf(image);
        string name = ImageName.Choose(image.GetMetadata("Name"), reference, image.ItemSpec);
        ((ITaskItem2)item).SetMetadataValueLiteral("Name", name);
        if (reference.Registry is not null)
            AddRegistry(item, name, isOnlyRegistry);
        Default(item, nameof(Incremental), string.IsNullOrEmpty(Incremental) ? null : Incremental);
        Default(item, nameof(Drift), string.IsNullOrEmpty(Drift) ? null : Drift);
        Default(item, nameof(VerifyRootfs), string.IsNullOrEmpty(VerifyRootfs) ? null : VerifyRootfs);
        Default(item, "Platform", string.IsNullOrEmpty(Platform) ? null : Platform);
        if (item.GetMetadata("Platform").Length == 0 && RuntimePlatform.FromRuntimeIdentifier(RuntimeIdentifier) is { } platform)
        {
            Default(item, "Platform", platform);
            ((ITaskItem2)item).SetMetadataValueLiteral(PlatformFrom, RuntimeIdentifier!);
        }
        Default(item, "SourceDateEpoch", SourceDateEpoch);
        // If a limit has two values, the last one counts.
        if (!string.IsNullOrEmpty(Limits))
            ((ITaskItem2)item).SetMetadataValueLiteral("Limits", $"{Limits};{item.GetMetadata("Limits")}");
        string tree = Path.Join(Slashes(OutputDirectory), "rootfs", name) + "/";
        if (!WithoutDirectory.IsSaidBy(image))
            Default(item, OutputPaths.RootfsDirectory, tree);
        foreach (OutputKind kind in OutputKind.Singles)
            Default(item, kind.Name, kind.DefaultPath(item.GetMetadata(OutputPaths.RootfsDirectory) is { Length: > 0 } given ? given : tree, name, Path.Join(Slashes(IntermediateDirectory), "oci")));
        foreach (string output in OutputsOf(item))
        {
            string absolute = Absolute(output, item.GetMetadata(output));
            // The targets pass the directory on as an item of its own. Escaped as a whole, it stays one item, and the same one.
            item.SetMetadata(output, MSBuildEscaping.Identity(absolute));
        }
        item.SetMetadata(ArchivePaths.Metadata, ArchivePaths.Join(ArchivePaths.Of(image).Select(path => Absolute(ArchivePaths.Metadata, path))));
        return item;
    }

    private void Add(TaskItem item, List<ITaskItem> resolved, OutputPaths paths)
    {
        paths.Begin(item.ItemSpec);
        if (ReferenceOf(item) is { Registry: null } image)
            paths.Add(OutputPaths.Image, image.Location);
        foreach (string output in OutputsOf(item))
            paths.Add(output, Path.TrimEndingDirectorySeparator(item.GetMetadata(output)));
        foreach (string archive in ArchivePaths.Of(item))
            paths.Add(ArchivePaths.Metadata, archive);
        resolved.Add(item);
    }

    /// <summary>Everything that an extraction depends on: two items with the same are one, such as a glob and a name of one of its files.</summary>
    private string Content(TaskItem item)
    {
        StringBuilder content = new(ReferenceOf(item).Location);
        foreach (string name in ImageMetadata.Names)
            content.Append('\0').Append(item.GetMetadata(name));
        return content.ToString();
    }

    private ImageReference ReferenceOf(ITaskItem image) => RootfsExtractor.NamesRegistry(image.ItemSpec)
        ? RootfsExtractor.InRegistry(image.ItemSpec)
        : Path.TrimEndingDirectorySeparator(TaskPaths.Absolute("Include", image.ItemSpec, ProjectDirectory));

    private void AddRegistry(TaskItem item, string name, bool isOnlyRegistry)
    {
        if (item.GetMetadata("Reference") is { Length: > 0 } reference)
            throw RegistryErrors.HasReference(reference);
        string documents = TaskPaths.Absolute(RegistrySettings.Documents, Path.Join(Slashes(IntermediateDirectory), "oci", name + ".image"), ProjectDirectory);
        ((ITaskItem2)item).SetMetadataValueLiteral(RegistrySettings.Documents, documents);
        if (isOnlyRegistry)
            item.SetMetadata(RegistrySettings.OnlyRegistry, "true");
    }

    /// <summary>Whether all images of the project that are in a registry are in the same one.</summary>
    private bool IsOnlyRegistry()
    {
        HashSet<string?> registries = new(StringComparer.Ordinal);
        foreach (ITaskItem image in Images)
        {
            try
            {
                if (RootfsExtractor.NamesRegistry(image.ItemSpec))
                    registries.Add(RootfsExtractor.InRegistry(image.ItemSpec).Registry);
            }
            catch (OciException)
            {
                // That item has its own error.
            }
        }
        return registries.Count == 1;
    }

    /// <summary>Makes a path of an output absolute. It may begin with <c>$(OutDir)</c> or another directory of the SDK's.</summary>
    private string Absolute(string output, string path) =>
        TaskPaths.Absolute(output, WithSlashes(WithSlashes(path, OutputDirectory), IntermediateDirectory), ProjectDirectory);

    /// <summary>
    /// A path with slashes as far as it is the same as one of the SDK's. The rest is the user's, and may have a backslash in a name. MSBuild
    /// evaluates the metadata when there may be no <c>bin</c>, and the directory's name when there is.
    /// </summary>
    private static string WithSlashes(string path, string directory)
    {
        int common = Slashes(path).AsSpan().CommonPrefixLength(Slashes(directory));
        return Slashes(path[..common]) + path[common..];
    }

    /// <summary>
    /// The SDK writes <c>bin\Debug/</c>. MSBuild turns that into <c>bin/Debug/</c> only once there is a <c>bin</c>, which is not so in the
    /// first build of a target by name.
    /// </summary>
    private static string Slashes(string directory) => directory.Replace('\\', '/');

    private static void Default(TaskItem item, string metadata, string? value)
    {
        if (item.GetMetadata(metadata).Length == 0 && value is not null)
            ((ITaskItem2)item).SetMetadataValueLiteral(metadata, value);
    }

    /// <summary>The metadata with one path each of what is written: without optional files that are not asked for.</summary>
    private static List<string> OutputsOf(ITaskItem image)
    {
        List<string> outputs = WithoutDirectory.IsSaidBy(image) ? [] : [OutputPaths.RootfsDirectory];
        foreach (OutputKind kind in OutputKind.Singles)
        {
            if (!kind.IsOptional || image.GetMetadata(kind.Name).Length > 0)
                outputs.Add(kind.Name);
        }
        return outputs;
    }

    private static IEnumerable<ITaskItem> FilesOf(ITaskItem image) =>
    [
        .. OutputsOf(image).Where(static output => output != OutputPaths.RootfsDirectory).Select(output => new TaskItem(((ITaskItem2)image).GetMetadataValueEscaped(output))),
        .. ArchivePaths.Of(image).Select(static path => new TaskItem(MSBuildEscaping.Identity(path))),
        .. StateOf(image).Select(static path => new TaskItem(MSBuildEscaping.Identity(path))),
    ];

    /// <summary>Without a directory, the state goes when the archives do: MSBuild removes files that a build no longer makes.</summary>
    private static IEnumerable<string> StateOf(ITaskItem image) =>
        WithoutDirectory.IsSaidBy(image) && MainArchive(image) is { Length: > 0 } first ? [RootfsExtractor.StateFileOf(first)] : [];

    private static string MainArchive(ITaskItem image) => ArchivePaths.Of(image) is [string first, ..] ? first : image.GetMetadata(OutputKind.ImageArchive.Name);

    // The trees may have different paths, but nothing would tell the items of the two props files apart.
    private void WarnOfSameNames(IEnumerable<ITaskItem> resolved)
    {
        foreach (IGrouping<string, ITaskItem> same in resolved.GroupBy(static image => image.GetMetadata("Name"), StringComparer.OrdinalIgnoreCase))
        {
            if (same.Skip(1).FirstOrDefault() is { } second)
                TaskLog.Warning(Log, BuildErrors.SameNameWarning, $"{same.Count()} images have the name '{SafeText.Show(same.Key)}', by which the items of their ConfigProps are told apart. Give each a Name of its own.", second.ItemSpec);
        }
    }
}
