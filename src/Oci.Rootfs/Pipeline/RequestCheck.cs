using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Archive;

namespace Oci.Rootfs.Pipeline;

/// <summary>Refuses a request that can't be met, before anything is opened.</summary>
internal static class RequestCheck
{
    /// <exception cref="OciException">OCI6301, OCI6306, OCI7009.</exception>
    public static void Check(RootfsRequest request, EngineContext context)
    {
        _ = request.MainPath;
        if (request.RootfsDirectory is not null && !(HostSystem.IsLinux && HostSystem.Is64Bit))
            throw BuildErrors.LinuxOnly(HostSystem.Description);
        foreach (RequestedOutput output in request.Outputs)
        {
            if (output.Kind.IsArchive && ArchiveFormat.Of(output.Path).Suffix == ArchiveFormat.ShortGzip)
                ArchiveErrors.WarnTgz(context.Log, output.Path);
        }
    }
}
