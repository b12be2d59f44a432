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
        string tree = TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(RootfsDirectory), RootfsDirectory);
        RootfsRequest request = Request(ImageName.Choose(Name, AbsoluteImage, Image), tree) with
        {
            ConfigJson = BesideTree(nameof(ConfigJson), ConfigJson, tree, ".config.json"),
            ConfigProps = BesideTree(nameof(ConfigProps), ConfigProps, tree, ".props"),
            Mtree = BesideTree(nameof(Mtree), Mtree, tree, ".mtree"),
            Platform = NullIfEmpty(Platform),
            Ownership = ParseOwnership(),
            MakeWritable = MakeWritable,
            KeepDirectorySymlinks = KeepDirectorySymlinks,
            SourceDateEpoch = ParseSourceDateEpoch(),
            Cores = cores,
            FailIfNotUpToDate = FailIfNotIncremental,
        };
        OutputPlaces places = new();
        places.Add(Image, request);
        return places.Clashes().FirstOrDefault() is { } clash ? throw clash : request;
    }

    private string BesideTree(string parameter, string? given, string tree, string suffix) =>
        string.IsNullOrEmpty(given) ? tree + suffix : TaskPaths.Absolute(TaskEnvironment, parameter, given);

    private Ownership ParseOwnership()
    {
        if (string.IsNullOrEmpty(Ownership))
            return Oci.Rootfs.Ownership.Auto;
        // By name only: Enum.TryParse also takes numbers.
        string? name = Enum.GetNames<Ownership>().FirstOrDefault(n => n.Equals(Ownership, StringComparison.OrdinalIgnoreCase));
        return name is null ? throw BuildErrors.UnknownOwnership(Ownership) : Enum.Parse<Ownership>(name);
    }

    private long ParseSourceDateEpoch()
    {
        if (string.IsNullOrEmpty(SourceDateEpoch))
            return 0;
        bool valid = long.TryParse(SourceDateEpoch, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds);
        return valid ? seconds : throw BuildErrors.BadSourceDateEpoch(SourceDateEpoch);
    }

    private static string Summary(RootfsRequest request, RootfsResult result) =>
        $"{request.Name} -> {request.RootfsDirectory}/ {(result.Extracted ? "" : "is up to date ")}({SafeText.Show(result.Platform)}, {result.ManifestDigest})";
}
