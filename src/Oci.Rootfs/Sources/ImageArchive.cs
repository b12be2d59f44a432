using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Sources;

/// <summary>Tells which form of image a tar archive contains.</summary>
internal static class ImageArchive
{
    /// <summary>Takes over the handle, unless it fails.</summary>
    public static ImageSource Open(SafeFileHandle file, long length, string displayName, EngineContext context)
    {
        ArchiveFiles files = new(file, length, context);
        if (files.Has(OciArchive.Index) && !(files.Has(DockerImage.FileName) && IsEmptyIndex(files, context)))
        {
            LayoutFile.Check(files.ReadDocument(LayoutFile.Name), displayName, context);
            return new OciArchive(files) { DisplayName = displayName };
        }
        return files.Has(DockerImage.FileName) ? new DockerArchive(files, context) { DisplayName = displayName } : throw Unknown(files);
    }

    /// <summary>Docker may write an index without manifests beside its own manifest.json (rule 97).</summary>
    private static bool IsEmptyIndex(ArchiveFiles files, EngineContext context) =>
        IndexDocument.Parse(files.ReadDocument(OciArchive.Index)!, OciArchive.Index, null, context).Manifests.Count == 0;

    private static OciException Unknown(ArchiveFiles files)
    {
        if (files.Has(LayoutFile.Name) || files.Names.Any(static n => n.StartsWith("blobs/", StringComparison.Ordinal)))
            return SourceErrors.NoIndex();
        if (files.Names.FirstOrDefault(static n => n.EndsWith('/' + OciArchive.Index, StringComparison.Ordinal)) is { } deeper)
            return SourceErrors.NotAnImage($"a tar archive with its index.json not at the top but in '{ArchiveName.Show(deeper)}'");
        if (files.Has("repositories"))
            return SourceErrors.NotAnImage("a docker-archive without manifest.json, as docker before 1.10 wrote it");
        if (files.Names.Any(static n => n is "etc" or "usr" || n.StartsWith("etc/", StringComparison.Ordinal) || n.StartsWith("usr/", StringComparison.Ordinal)))
            return SourceErrors.NotAnImage("a tar archive of a root filesystem");
        return SourceErrors.NotAnImage("a tar archive without index.json");
    }
}
