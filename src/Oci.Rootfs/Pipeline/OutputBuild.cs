using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Pipeline;

/// <summary>Makes the outputs of one request, or finds them up to date: with a directory (<see cref="TreeBuild"/>) or without one.</summary>
internal abstract class OutputBuild(RootfsRequest request, ImageSource source, SelectedManifest selected, EngineContext context)
{
    /// <exception cref="OciException">OCI7009: the request is for a directory, and this is no system for one.</exception>
    public static OutputBuild Of(RootfsRequest request, ImageSource source, SelectedManifest selected, EngineContext context)
    {
        if (request.RootfsDirectory is not { } directory)
            return new ArchiveBuild(request, source, selected, context);
        return HostSystem.IsLinux ? new TreeBuild(directory, request, source, selected, context) : throw BuildErrors.LinuxOnly(HostSystem.Description);
    }

    protected RootfsRequest Request { get; } = request;

    protected ImageSource Source { get; } = source;

    protected SelectedManifest Selected { get; } = selected;

    protected EngineContext Context { get; } = context;

    /// <param name="shared">The layers of other images of this run; null for a single image.</param>
    public abstract RootfsResult FindOrExtract(SharedLayers? shared = null);

    /// <summary>Returns the up-to-date result without making anything; null where there is work to do.</summary>
    public abstract RootfsResult? FindUpToDate();

    protected ArchiveWork ArchivesToDo(StateStore state) =>
        ArchiveWork.Find(state.Content, Request, Selected.Descriptor.Digest, manifest => BuildKey.OfArchives(Request, manifest, Selected.AskedPlatform));

    protected RootfsResult WithArchives(RootfsResult result, StateStore state)
    {
        List<RootfsArchive> archives = [];
        RootfsArchive? image = null;
        foreach (RequestedOutput output in Request.Outputs)
        {
            if (!output.Kind.IsArchive || state.Content.Find(output.Path) is not { } written)
                continue;
            RootfsArchive archive = new(written.Path, written.Digest, written.Length);
            if (output.Kind == OutputKind.ImageArchive)
                image = archive;
            else
                archives.Add(archive);
        }
        return archives.Count == 0 && image is null ? result : result with { Archives = archives, ImageArchive = image };
    }

    /// <summary>
    /// The result of the extraction that is still up to date. It comes from that extraction's own output file if there is one, so that the
    /// engine reads no blob. Null where the state file has other layers than the image.
    /// </summary>
    protected RootfsResult? ReadResult(StateContent content)
    {
        if (ReadConfigJson() is { } written && written.ManifestDigest == Selected.Descriptor.Digest.ToString())
            return written;
        SelectedImage image = Selected.Load();
        return content.LayerOrder.Order().SequenceEqual(Enumerable.Range(0, image.Layers.Count)) ? image.ToResult(content.LayerOrder, extracted: false) : null;
    }

    private RootfsResult? ReadConfigJson()
    {
        try
        {
            return Request.PathOf(OutputKind.ConfigJson) is { } path ? ConfigJson.Read(File.ReadAllBytes(path), Context) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The caller reads the result from the image.
            return null;
        }
    }
}
