using System.Globalization;
using Microsoft.Build.Framework;
using Oci.Rootfs;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

[MSBuildMultiThreadableTask]
public sealed partial class ExtractOciRootfs : ImageTask, IIncrementalTask
{
    /// <summary>What the name of every extended attribute begins with on Linux.</summary>
    private static readonly string[] Namespaces = ["user.", "security.", "trusted.", "system."];

    private protected override void Work(CancellationToken cancellation)
    {
        using GrantedCores cores = GrantedCores.Request(BuildEngine);
        RootfsRequest request = Request(cores.Count);
        IReadOnlyList<RootfsExtraction> extractions = RootfsExtractor.ExtractAll(request, cancellation);
        SetOutputs(extractions, RootfsExtractor.IsAllPlatforms(request.Platform));
        foreach (RootfsExtraction extraction in extractions)
        {
            Summary(What(extraction.Request, extraction.Result));
            foreach (string place in Places(extraction.Request))
                Summary($"{Path.GetFileNameWithoutExtension(request.Project) ?? extraction.Request.Name} -> {place}");
        }
    }

    private RootfsRequest Request(int cores)
    {
        string? tree = RootfsDirectory is null ? null : TaskPaths.AbsoluteDirectory(nameof(RootfsDirectory), RootfsDirectory);
        string name = NameOf(Setting(Name));
        RootfsRequest request = Request(name, tree) with
        {
            Outputs = [.. Documents(tree, name), .. Archives().Select(static path => new RequestedOutput(OutputKind.RootfsArchive, path))],
            Platform = Setting(Platform),
            Ownership = ParseOwnership(Setting(Ownership)),
            MakeWritable = Flag(MakeWritable, unset: !Environment.IsPrivilegedProcess),
            KeepDirectorySymlinks = Flag(KeepDirectorySymlinks, unset: false),
            CreateMountPoints = Flag(CreateMountPoints, unset: false),
            CreateVolumes = Flag(CreateVolumes, unset: false),
            Incremental = Flag(Incremental, unset: true),
            Drift = ParseDrift(Setting(Drift)),
            Verify = ParseVerification(Setting(VerifyRootfs)),
            SourceDateEpoch = ParseSourceDateEpoch(Setting(SourceDateEpoch)),
            Project = AbsoluteProject(),
            TreeList = TreeList is null ? null : TaskPaths.Absolute(nameof(TreeList), TreeList),
            TreesOfThisBuild = TreesOfThisBuild.Of(BuildEngine),
            RuntimeConfigRoot = Setting(RuntimeConfigRoot),
            RuntimeConfigTmpfs = Flag(RuntimeConfigTmpfs, unset: false),
            Archive = new ArchiveOptions
            {
                CompressionLevel = ParseLevel(Setting(ArchiveCompressionLevel)),
                Mtime = ParseMtime(Setting(ArchiveMtime)),
                HoleThreshold = ParseHoleThreshold(Setting(ArchiveHoleThreshold)),
                Devices = ParseDevices(Setting(ArchiveDevices)),
                Xattrs = ParseXattrs(Setting(ArchiveXattrs)),
                For = ParseConsumers(Setting(ArchiveFor)),
            },
            ImageArchive = new ImageArchiveOptions
            {
                Compression = ParseImageCompression(Setting(ImageArchiveCompression)),
                Reference = Setting(ImageArchiveReference),
            },
            Own = Own(name),
            Cores = cores,
            FailIfNotUpToDate = FailIfNotIncremental,
        };
        OutputPaths paths = new();
        paths.Add(Image.ItemSpec, request);
        return paths.Clashes().FirstOrDefault() is { } clash ? throw clash : request;
    }

    private Oci.Rootfs.OwnFiles Own(string image) => new()
    {
        Nodes = OwnItems.Of(image, OwnFiles, OwnDirectories, OwnSymlinks),
        Remove = RemovePaths.Length > 0 ? RemovePaths : MetadataList.Of(Item, nameof(RemovePaths)),
        Keep = KeepPaths.Length > 0 ? KeepPaths : MetadataList.Of(Item, nameof(KeepPaths)),
        DigestCache = OwnFilesCache is null ? null : TaskPaths.Absolute(nameof(OwnFilesCache), OwnFilesCache),
    };

    /// <summary>MSBuild gives the file with the call with an absolute path.</summary>
    private string? AbsoluteProject() => ProjectFile is null ? BuildEngine?.ProjectFileOfTaskNode : TaskPaths.Absolute(nameof(ProjectFile), ProjectFile);

    /// <summary>Beside a tree, the documents have defaults. Without one, they are those that are asked for.</summary>
    private IEnumerable<RequestedOutput> Documents(string? tree, string name)
    {
        foreach (OutputKind kind in OutputKind.Singles)
        {
            string? path = Given(kind) ?? (tree is null ? null : kind.DefaultPath(tree, name));
            if (path is not null)
                yield return new RequestedOutput(kind, path);
        }
    }

    private string? Given(OutputKind kind)
    {
        if (_files.GetValueOrDefault(kind) is { } given)
            return TaskPaths.Absolute(kind.Name, given);
        return Setting(null, kind.Name) is { } ofItem ? TaskPaths.Absolute(kind.Name, ofItem) : null;
    }

    private IEnumerable<string> Archives() => RootfsArchive.Length > 0
        ? RootfsArchive.Select(static path => TaskPaths.Absolute(ArchivePaths.Metadata, path))
        : ArchivePaths.Of(Item).Select(static path => TaskPaths.Absolute(ArchivePaths.Metadata, path));

    private static int? ParseLevel(string? value)
    {
        if (value is null)
            return null;
        bool valid = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int level) && level is >= 1 and <= 19;
        return valid ? level : throw ArchiveErrors.BadLevel(value);
    }

    /// <summary>A time that the project gives is what its archives should not be later than.</summary>
    private ArchiveMtime ParseMtime(string? value) => value?.ToUpperInvariant() switch
    {
        null => Setting(SourceDateEpoch) is null ? Oci.Rootfs.ArchiveMtime.Keep : Oci.Rootfs.ArchiveMtime.Clamp,
        "KEEP" => Oci.Rootfs.ArchiveMtime.Keep,
        "CLAMP" => Oci.Rootfs.ArchiveMtime.Clamp,
        "SET" => Oci.Rootfs.ArchiveMtime.Set,
        _ => throw ArchiveErrors.BadMtime(value),
    };

    private static long ParseHoleThreshold(string? value)
    {
        if (value is null)
            return new ArchiveOptions().HoleThreshold;
        bool valid = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes);
        return valid ? bytes : throw ArchiveErrors.BadHoleThreshold(value);
    }

    private static ArchiveDevices ParseDevices(string? value) => value?.ToUpperInvariant() switch
    {
        null or "KEEP" => Oci.Rootfs.ArchiveDevices.Keep,
        "SKIP" => Oci.Rootfs.ArchiveDevices.Skip,
        "SKIPOUTSIDEDEV" => Oci.Rootfs.ArchiveDevices.SkipOutsideDev,
        "FAIL" => Oci.Rootfs.ArchiveDevices.Fail,
        _ => throw ArchiveErrors.BadDevices(value),
    };

    private static IReadOnlyList<string> ParseXattrs(string? value)
    {
        if (value is null)
            return new ArchiveOptions().Xattrs;
        string[] patterns = List(value);
        if (patterns is [string none] && none.Equals("none", StringComparison.OrdinalIgnoreCase))
            return [];
        // A name without its namespace would leave out what it means to keep.
        string? bad = patterns.FirstOrDefault(static pattern => !Namespaces.Any(space => pattern.StartsWith('*') || pattern.StartsWith(space, StringComparison.Ordinal)));
        return bad is null ? patterns : throw ArchiveErrors.BadXattrs(bad);
    }

    private static ImageArchiveCompression ParseImageCompression(string? value) => value?.ToUpperInvariant() switch
    {
        null or "GZIP" => Oci.Rootfs.ImageArchiveCompression.Gzip,
        "ZSTD" => Oci.Rootfs.ImageArchiveCompression.Zstd,
        _ => throw ArchiveErrors.BadImageCompression(value),
    };

    private static ArchiveConsumers ParseConsumers(string? value)
    {
        ArchiveConsumers consumers = ArchiveConsumers.None;
        foreach (string name in List(value ?? ""))
        {
            consumers |= name.ToUpperInvariant() switch
            {
                "PROXMOX" => ArchiveConsumers.Proxmox,
                "WSL" => ArchiveConsumers.Wsl,
                "LXC" => ArchiveConsumers.Lxc,
                "INCUS" => ArchiveConsumers.Incus,
                "NSPAWN" => ArchiveConsumers.Nspawn,
                _ => throw ArchiveErrors.BadConsumer(name),
            };
        }
        return consumers;
    }

    private static string[] List(string value) => value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static Ownership ParseOwnership(string? value)
    {
        if (value is null)
            return Oci.Rootfs.Ownership.Auto;
        // Accepts names only: Enum.TryParse also takes numbers.
        string? name = Enum.GetNames<Ownership>().FirstOrDefault(n => n.Equals(value, StringComparison.OrdinalIgnoreCase));
        return name is null ? throw BuildErrors.UnknownOwnership(value) : Enum.Parse<Ownership>(name);
    }

    private static DriftPolicy ParseDrift(string? value) => value?.ToUpperInvariant() switch
    {
        null or "RESTORE" => DriftPolicy.Restore,
        "FAIL" => DriftPolicy.Fail,
        _ => throw BuildErrors.UnknownDrift(value),
    };

    private static RootfsVerification ParseVerification(string? value) => value?.ToUpperInvariant() switch
    {
        null or "FALSE" or "OFF" or "NO" => RootfsVerification.None,
        "TRUE" or "ON" or "YES" => RootfsVerification.Metadata,
        "CONTENT" => RootfsVerification.Content,
        _ => throw BuildErrors.UnknownVerification(value),
    };

    private static long ParseSourceDateEpoch(string? value)
    {
        if (value is null)
            return 0;
        bool valid = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds);
        return valid ? seconds : throw BuildErrors.BadSourceDateEpoch(value);
    }

    private void Summary(string text) => Say(new RootfsMessage(RootfsMessageKind.Summary, null, text));

    private static string What(RootfsRequest request, RootfsResult result) =>
        $"{request.Name} is {(!result.Extracted ? "up to date" : result.Change is null ? "extracted" : "updated")} ({SafeText.Show(result.Platform)}, {result.ManifestDigest}){Change(result)}";

    private static string Change(RootfsResult result) => result.Change is not { } change ? "" : string.Create(CultureInfo.InvariantCulture,
        $": {change.Added:N0} added, {change.Changed:N0} changed, {change.Removed:N0} removed of {change.Paths:N0} paths; {change.LayersRead} of {result.Layers.Count} layers read");

    /// <summary>
    /// The archives and the tree. Each is said in the form in which the SDK says where a project's output is. MSBuild's terminal logger shows
    /// only the last such line. Therefore the path is all that follows the arrow, the tree comes last, and no text of an image after it.
    /// </summary>
    private static IEnumerable<string> Places(RootfsRequest request)
    {
        IEnumerable<string> archives = request.Outputs.Where(static output => output.Kind.IsArchive).Select(static output => output.Path);
        return request.RootfsDirectory is null ? archives : [.. archives, request.RootfsDirectory + "/"];
    }
}
