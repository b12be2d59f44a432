using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Build.Framework;
using Oci.Rootfs;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

[MSBuildMultiThreadableTask]
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "MSBuild cancels from another thread, at any time, and never disposes; without a timer there is nothing to free.")]
public sealed partial class ExtractOciRootfs : Microsoft.Build.Utilities.Task, IMultiThreadableTask, ICancelableTask, IIncrementalTask
{
    private readonly CancellationTokenSource _cancellation = new();

    /// <inheritdoc />
    public void Cancel() => _cancellation.Cancel();

    /// <inheritdoc />
    public override bool Execute()
    {
        try
        {
            using GrantedCores cores = GrantedCores.Request(BuildEngine);
            RootfsRequest request = Request(cores.Count);
            IReadOnlyList<RootfsExtraction> extractions = RootfsExtractor.ExtractAll(request, _cancellation.Token);
            SetOutputs(extractions, RootfsExtractor.IsAllPlatforms(request.Platform));
            foreach (RootfsExtraction extraction in extractions)
                Say(new RootfsMessage(RootfsMessageKind.Summary, null, Summary(extraction.Request, extraction.Result)));
        }
        catch (OciException error)
        {
            TaskLog.Error(Log, error, Image);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            return false;
        }
        return !Log.HasLoggedErrors;
    }

    private RootfsRequest Request(int cores)
    {
        string image = TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(Image), Image);
        string tree = TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(RootfsDirectory), RootfsDirectory);
        RootfsRequest request = new()
        {
            Image = image,
            DisplayName = Image,
            Name = ImageName.Choose(Name, image, Image),
            RootfsDirectory = tree,
            ConfigJson = BesideTree(nameof(ConfigJson), ConfigJson, tree, ".config.json"),
            ConfigProps = BesideTree(nameof(ConfigProps), ConfigProps, tree, ".props"),
            Manifest = BesideTree(nameof(Manifest), Manifest, tree, ".manifest"),
            Platform = NullIfEmpty(Platform),
            Reference = NullIfEmpty(Reference),
            CacheDirectory = string.IsNullOrEmpty(CacheDirectory) ? null : TaskPaths.AbsoluteDirectory(TaskEnvironment, nameof(CacheDirectory), CacheDirectory),
            Ownership = ParseOwnership(),
            MakeWritable = MakeWritable,
            KeepDirectorySymlinks = KeepDirectorySymlinks,
            SourceDateEpoch = ParseSourceDateEpoch(),
            UseIsal = UseIsal,
            Limits = ParseLimits(),
            Cores = cores,
            FailIfNotUpToDate = FailIfNotIncremental,
            Log = Say,
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

    private void Say(RootfsMessage message) => TaskLog.Message(Log, message, Image);

    private static string Summary(RootfsRequest request, RootfsResult result) => result.Extracted
        ? $"{request.Name} -> {request.RootfsDirectory}/ ({result.Platform}, {result.ManifestDigest})"
        : $"{request.Name} -> {request.RootfsDirectory}/ is up to date ({result.Platform}, {result.ManifestDigest})";

    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
