using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Archive;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Pipeline;

/// <summary>Refuses a request that can't be met, before anything is opened.</summary>
internal static class RequestCheck
{
    /// <exception cref="OciException">OCI6301, OCI6306, OCI6331, OCI6332, OCI7009, OCI7103.</exception>
    public static void Check(RootfsRequest request, EngineContext context)
    {
        _ = request.MainPath;
        if (request.RootfsDirectory is not null && !(HostSystem.IsLinux && HostSystem.Is64Bit))
            throw BuildErrors.LinuxOnly(HostSystem.Description);
        foreach (RequestedOutput output in request.Outputs)
        {
            if (output.Kind == OutputKind.Changes && request.RootfsDirectory is null)
                throw BuildErrors.ChangesWithoutTree();
            if (output.Kind == OutputKind.ImageArchive)
                CheckImage(output.Path, request.ImageArchive);
            if (output.Kind == OutputKind.RootfsArchive && ArchiveFormat.Of(output.Path).Suffix == ArchiveFormat.ShortGzip)
                ArchiveErrors.WarnTgz(context.Log, output.Path);
        }
    }

    private static void CheckImage(string path, ImageArchiveOptions options)
    {
        if (!path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) || Path.GetFileName(path).Length == ".tar".Length)
            throw ArchiveErrors.ImageSuffix(path);
        if (options.Reference is { } reference && ImageTag.Parse(reference) is null)
            throw ArchiveErrors.BadReference(reference);
    }
}
