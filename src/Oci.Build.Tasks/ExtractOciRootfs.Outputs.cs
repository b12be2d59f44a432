using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs;

namespace Oci.Build.Tasks;

public sealed partial class ExtractOciRootfs
{
    private void SetOutputs(RootfsRequest request, RootfsResult result)
    {
        Platform = result.Platform;
        ConfigJson = request.ConfigJson;
        ConfigProps = request.ConfigProps;
        Manifest = request.Manifest;
        ManifestDigest = result.ManifestDigest;
        ConfigDigest = result.ConfigDigest;
        LayerDigests = [.. result.Layers.Select(static layer => layer.Digest)];
        Extracted = result.Extracted;
        SetConfig(result.Config);
        Rootfs = Item(request);
    }

    private void SetConfig(RootfsImageConfig config)
    {
        Entrypoint = ConfigText.List(config.Entrypoint);
        Cmd = ConfigText.List(config.Cmd);
        Env = ConfigText.List(config.Env);
        WorkingDirectory = config.WorkingDir ?? "";
        User = config.User ?? "";
        StopSignal = config.StopSignal ?? "";
        ExposedPorts = ConfigText.List(config.ExposedPorts);
        Volumes = ConfigText.List(config.Volumes);
        Labels = ConfigText.Map(config.Labels);
    }

    private TaskItem Item(RootfsRequest request)
    {
        TaskItem item = new(MSBuildText.Escape(Path.TrimEndingDirectorySeparator(request.RootfsDirectory) + "/"), treatAsFilePath: false);
        ITaskItem2 literal = item;
        literal.SetMetadataValueLiteral("Name", request.Name);
        literal.SetMetadataValueLiteral(nameof(Image), request.Image);
        literal.SetMetadataValueLiteral(nameof(Platform), Platform!);
        literal.SetMetadataValueLiteral(nameof(Reference), request.Reference ?? "");
        literal.SetMetadataValueLiteral(nameof(ConfigJson), ConfigJson!);
        literal.SetMetadataValueLiteral(nameof(ConfigProps), ConfigProps!);
        literal.SetMetadataValueLiteral(nameof(Manifest), Manifest!);
        literal.SetMetadataValueLiteral(nameof(ManifestDigest), ManifestDigest);
        literal.SetMetadataValueLiteral(nameof(ConfigDigest), ConfigDigest);
        // Digests hold nothing that MSBuild could evaluate, and unescaped the list can be split into items.
        item.SetMetadata(nameof(LayerDigests), string.Join(';', LayerDigests));
        literal.SetMetadataValueLiteral(nameof(Extracted), Extracted ? "true" : "false");
        literal.SetMetadataValueLiteral(nameof(Entrypoint), Entrypoint);
        literal.SetMetadataValueLiteral(nameof(Cmd), Cmd);
        literal.SetMetadataValueLiteral(nameof(Env), Env);
        literal.SetMetadataValueLiteral(nameof(WorkingDirectory), WorkingDirectory);
        literal.SetMetadataValueLiteral(nameof(User), User);
        literal.SetMetadataValueLiteral(nameof(StopSignal), StopSignal);
        literal.SetMetadataValueLiteral(nameof(ExposedPorts), ExposedPorts);
        literal.SetMetadataValueLiteral(nameof(Volumes), Volumes);
        literal.SetMetadataValueLiteral(nameof(Labels), Labels);
        return item;
    }
}
