using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Archive;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Pipeline;

/// <summary>Makes the outputs of every platform of an image, each with the platform in its name.</summary>
internal static class EachPlatform
{
    /// <summary>The files that a build writes with the tree of one platform.</summary>
    public static IEnumerable<string> OutputsOf(IEnumerable<string> outputs, string name) => outputs.Select(o => ArchiveFormat.Insert(o, name));

    /// <summary>Makes a tree or archives for each platform of the image. After an error those already made stay.</summary>
    public static List<RootfsExtraction> Extract(RootfsRequest request, ImageSource source, EngineContext context)
    {
        IReadOnlyList<PlatformImage> images = ImageSelector.SelectAll(source, request.Reference, context);
        if (request.RootfsDirectory is not { } directory)
            return ExtractEach(request, source, images, context, static () => { });
        return HostSystem.IsLinux ? PlatformTrees.Extract(directory, request, source, images, context) : throw BuildErrors.LinuxOnly(HostSystem.Description);
    }

    /// <summary>Finds the up-to-date trees first: only images with work to do need their layers kept.</summary>
    public static List<RootfsExtraction> ExtractEach(
        RootfsRequest request, ImageSource source, IReadOnlyList<PlatformImage> images, EngineContext context, Action beforeWork)
    {
        RootfsRequest[] requests = [.. images.Select(image => RequestFor(request, image))];
        OutputBuild[] builds = [.. images.Select((image, i) => OutputBuild.Of(requests[i], source, image.Manifest, context))];
        RootfsResult?[] upToDate = [.. builds.Select(static build => build.FindUpToDate())];
        if (!request.FailIfNotUpToDate && Array.IndexOf(upToDate, null) >= 0)
            beforeWork();
        using SharedLayers shared = new(images.Where((_, i) => upToDate[i] is null).Select(Blobs), SharedLayersDirectory(request));
        List<RootfsExtraction> extractions = [];
        for (int i = 0; i < requests.Length; i++)
        {
            RootfsResult? result = upToDate[i];
            if (result is null)
            {
                result = builds[i].FindOrExtract(shared);
                shared.Done(Blobs(images[i]));
            }
            extractions.Add(new RootfsExtraction(requests[i], result));
        }
        return extractions;

        static IEnumerable<Digest> Blobs(PlatformImage image) => image.Manifest.Layers.Select(static l => l.Digest);
    }

    /// <summary>The request for one platform's tree. All its paths have the platform's name in them.</summary>
    private static RootfsRequest RequestFor(RootfsRequest request, PlatformImage image) => request with
    {
        RootfsDirectory = request.RootfsDirectory is { } directory ? Path.Combine(directory, image.Name) : null,
        // The directory of the trees has the project and its list.
        Project = null,
        TreeList = null,
        TreesOfThisBuild = null,
        Name = $"{request.Name}-{image.Name}",
        Platform = image.Platform.ToString(),
        Outputs = [.. request.Outputs.Select(output => output with { Path = ArchiveFormat.Insert(output.Path, image.Name) })],
    };

    /// <summary>The layers that the images share go to the disk that gets the trees, or to that of the archives.</summary>
    private static string SharedLayersDirectory(RootfsRequest request)
    {
        if (request.RootfsDirectory is { } directory)
            return directory;
        string parent = Path.GetDirectoryName(request.MainPath)!;
        OutputFile.MakeDirectory(parent);
        return parent;
    }
}
