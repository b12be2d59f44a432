using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;

namespace Oci.Build.Tasks;

public sealed partial class ExtractOciRootfs
{
    /// <summary>The image's item, where there is but one: the outputs that speak of one image are its metadata.</summary>
    private TaskItem? _only;

    private void SetOutputs(IReadOnlyList<RootfsExtraction> extractions, bool severalPlatforms)
    {
        Extracted = extractions.Any(static e => e.Result.Extracted);
        TaskItem[] items = [.. extractions.Select(e => Item(e.Request, e.Result))];
        Rootfs = items;
        _only = severalPlatforms ? null : items[0];
        (Platform, ConfigJson, ConfigProps, Mtree) = (Only(nameof(Platform)), Only(nameof(ConfigJson)), Only(nameof(ConfigProps)), Only(nameof(Mtree)));
    }

    private string? Only(string metadata) => _only?.GetMetadata(metadata);

    private TaskItem Item(RootfsRequest request, RootfsResult result)
    {
        TaskItem item = new(MSBuildText.Escape(Path.TrimEndingDirectorySeparator(request.RootfsDirectory) + "/"), treatAsFilePath: false);
        ITaskItem2 literal = item;
        literal.SetMetadataValueLiteral("Name", request.Name);
        literal.SetMetadataValueLiteral(nameof(Image), request.Image.Path);
        literal.SetMetadataValueLiteral(nameof(Platform), result.Platform);
        literal.SetMetadataValueLiteral(nameof(result.OsVersion), result.OsVersion ?? "");
        literal.SetMetadataValueLiteral(nameof(result.OsFeatures), ConfigText.List(result.OsFeatures));
        literal.SetMetadataValueLiteral(nameof(Reference), request.Reference ?? "");
        literal.SetMetadataValueLiteral(nameof(ConfigJson), request.ConfigJson!);
        literal.SetMetadataValueLiteral(nameof(ConfigProps), request.ConfigProps!);
        literal.SetMetadataValueLiteral(nameof(Mtree), request.Mtree!);
        literal.SetMetadataValueLiteral(nameof(ManifestDigest), result.ManifestDigest);
        literal.SetMetadataValueLiteral(nameof(ConfigDigest), result.ConfigDigest);
        // Digests hold nothing that MSBuild could evaluate, and unescaped the list can be split into items.
        item.SetMetadata(nameof(LayerDigests), string.Join(';', result.Layers.Select(static layer => layer.Digest)));
        literal.SetMetadataValueLiteral(nameof(Extracted), result.Extracted ? "true" : "false");
        SetConfig(literal, result.Config);
        return item;
    }

    private static void SetConfig(ITaskItem2 literal, RootfsImageConfig config)
    {
        literal.SetMetadataValueLiteral(nameof(Entrypoint), ConfigText.List(config.Entrypoint));
        literal.SetMetadataValueLiteral(nameof(Cmd), ConfigText.List(config.Cmd));
        literal.SetMetadataValueLiteral(nameof(Env), ConfigText.List(config.Env));
        literal.SetMetadataValueLiteral(nameof(WorkingDirectory), config.WorkingDir ?? "");
        literal.SetMetadataValueLiteral(nameof(User), config.User ?? "");
        literal.SetMetadataValueLiteral(nameof(StopSignal), config.StopSignal ?? "");
        literal.SetMetadataValueLiteral(nameof(ExposedPorts), ConfigText.List(config.ExposedPorts));
        literal.SetMetadataValueLiteral(nameof(Volumes), ConfigText.List(config.Volumes));
        literal.SetMetadataValueLiteral(nameof(Labels), ConfigText.Map(config.Labels));
    }
}
