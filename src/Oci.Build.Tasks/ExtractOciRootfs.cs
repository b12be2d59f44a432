using System.Globalization;
using Microsoft.Build.Framework;
using Oci.Rootfs;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

[MSBuildMultiThreadableTask]
public sealed partial class ExtractOciRootfs : ImageTask, IIncrementalTask
{
    private protected override void Work(CancellationToken cancellation)
    {
        using GrantedCores cores = GrantedCores.Request(BuildEngine);
        RootfsRequest request = Request(cores.Count);
        IReadOnlyList<RootfsExtraction> extractions = RootfsExtractor.ExtractAll(request, cancellation);
        SetOutputs(extractions, RootfsExtractor.IsAllPlatforms(request.Platform));
        foreach (RootfsExtraction extraction in extractions)
            Say(new RootfsMessage(RootfsMessageKind.Summary, null, Summary(extraction.Request, extraction.Result)));
    }

    private RootfsRequest Request(int cores)
    {
        string tree = TaskPaths.AbsoluteDirectory(nameof(RootfsDirectory), RootfsDirectory);
        string name = ImageName.Choose(Setting(Name), AbsoluteImage, Image.ItemSpec);
        RootfsRequest request = Request(name, tree) with
        {
            Outputs = OutputsOf(tree, name),
            Platform = Setting(Platform),
            Ownership = ParseOwnership(Setting(Ownership)),
            MakeWritable = Flag(MakeWritable, unset: !Environment.IsPrivilegedProcess),
            KeepDirectorySymlinks = Flag(KeepDirectorySymlinks, unset: false),
            SourceDateEpoch = ParseSourceDateEpoch(Setting(SourceDateEpoch)),
            Project = AbsoluteProject(),
            TreeList = TreeList is null ? null : TaskPaths.Absolute(nameof(TreeList), TreeList),
            TreesOfThisBuild = TreesOfThisBuild.Of(BuildEngine),
            RuntimeConfigRoot = Setting(RuntimeConfigRoot),
            RuntimeConfigTmpfs = Flag(RuntimeConfigTmpfs, unset: false),
            Cores = cores,
            FailIfNotUpToDate = FailIfNotIncremental,
        };
        OutputPaths paths = new();
        paths.Add(Image.ItemSpec, request);
        return paths.Clashes().FirstOrDefault() is { } clash ? throw clash : request;
    }

    /// <summary>MSBuild gives the file with the call with an absolute path.</summary>
    private string? AbsoluteProject() => ProjectFile is null ? BuildEngine?.ProjectFileOfTaskNode : TaskPaths.Absolute(nameof(ProjectFile), ProjectFile);

    private List<RequestedOutput> OutputsOf(string tree, string name)
    {
        List<RequestedOutput> outputs = [];
        foreach (OutputKind kind in OutputKind.All)
        {
            if (PathOf(kind, tree, name) is { } path)
                outputs.Add(new RequestedOutput(kind, path));
        }
        return outputs;
    }

    /// <returns>Null for an optional file that is not asked for.</returns>
    private string? PathOf(OutputKind kind, string tree, string name)
    {
        if (_files.GetValueOrDefault(kind) is { } given)
            return TaskPaths.Absolute(kind.Name, given);
        return Setting(null, kind.Name) is { } ofItem ? TaskPaths.Absolute(kind.Name, ofItem) : kind.DefaultPath(tree, name);
    }

    private static Ownership ParseOwnership(string? value)
    {
        if (value is null)
            return Oci.Rootfs.Ownership.Auto;
        // Accepts names only: Enum.TryParse also takes numbers.
        string? name = Enum.GetNames<Ownership>().FirstOrDefault(n => n.Equals(value, StringComparison.OrdinalIgnoreCase));
        return name is null ? throw BuildErrors.UnknownOwnership(value) : Enum.Parse<Ownership>(name);
    }

    private static long ParseSourceDateEpoch(string? value)
    {
        if (value is null)
            return 0;
        bool valid = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds);
        return valid ? seconds : throw BuildErrors.BadSourceDateEpoch(value);
    }

    private static string Summary(RootfsRequest request, RootfsResult result) =>
        $"{request.Name} -> {request.RootfsDirectory}/ {(result.Extracted ? "" : "is up to date ")}({SafeText.Show(result.Platform)}, {result.ManifestDigest})";
}
