using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

public sealed partial class ExtractOciRootfs
{
    /// <summary>The item of the only image. Outputs that describe one image come from its metadata.</summary>
    private TaskItem? _only;

    private void SetOutputs(IReadOnlyList<RootfsExtraction> extractions, bool severalPlatforms)
    {
        Extracted = extractions.Any(static e => e.Result.Extracted);
        TaskItem[] items = [.. extractions.Select(e => ItemOf(e.Request, e.Result))];
        Rootfs = items;
        _only = severalPlatforms ? null : items[0];
        Platform = Only(nameof(Platform));
        RootfsArchive = _only is null ? [] : [.. ArchivePaths.Of(_only).Select(static path => new TaskItem(MSBuildEscaping.Identity(path), treatAsFilePath: false))];
        foreach (OutputKind kind in OutputKind.Singles)
            _files[kind] = Only(kind.Name) is { Length: > 0 } path ? new TaskItem(MSBuildEscaping.Identity(path), treatAsFilePath: false) : null;
    }

    private string? Only(string metadata) => _only?.GetMetadata(metadata);

    private TaskItem ItemOf(RootfsRequest request, RootfsResult result)
    {
        string identity = request.RootfsDirectory is { } directory ? Path.TrimEndingDirectorySeparator(directory) + "/" : (result.Archives.Count > 0 ? result.Archives[0] : result.ImageArchive!).Path;
        TaskItem item = new(MSBuildEscaping.Identity(identity), treatAsFilePath: false);
        ITaskItem2 literal = item;
        literal.SetMetadataValueLiteral("Name", request.Name);
        literal.SetMetadataValueLiteral(nameof(Image), request.Image.Location);
        literal.SetMetadataValueLiteral(nameof(Platform), result.Platform);
        literal.SetMetadataValueLiteral(nameof(result.OsVersion), result.OsVersion ?? "");
        literal.SetMetadataValueLiteral(nameof(result.OsFeatures), ConfigText.List(result.OsFeatures));
        literal.SetMetadataValueLiteral(nameof(Reference), request.Reference ?? "");
        literal.SetMetadataValueLiteral(nameof(RootfsDirectory), request.RootfsDirectory is null ? "" : identity);
        foreach (RequestedOutput output in request.Outputs)
        {
            if (output.Kind != OutputKind.RootfsArchive)
                literal.SetMetadataValueLiteral(output.Kind.Name, output.Path);
        }
        item.SetMetadata(ArchivePaths.Metadata, ArchivePaths.Join(result.Archives.Select(static archive => archive.Path)));
        item.SetMetadata(nameof(ArchiveDigests), string.Join(';', result.Archives.Select(static archive => archive.Digest)));
        literal.SetMetadataValueLiteral(nameof(ImageArchiveDigest), result.ImageArchive?.Digest ?? "");
        literal.SetMetadataValueLiteral(nameof(ManifestDigest), result.ManifestDigest);
        literal.SetMetadataValueLiteral(nameof(ConfigDigest), result.ConfigDigest);
        // MSBuild can evaluate nothing in a digest, and an unescaped list can be split into items.
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
