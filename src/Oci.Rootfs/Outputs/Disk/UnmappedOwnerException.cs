using System.Globalization;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// An owner that this user namespace doesn't map, met while owners were being set. Never leaves the engine: with <c>Auto</c> the
/// extraction starts again and records all owners, so that the decision still holds for the whole tree.
/// </summary>
internal sealed class UnmappedOwnerException(uint uid, uint gid, string path) : Exception
{
    public OciException ToError() =>
        DiskErrors.CannotPreserve(string.Create(CultureInfo.InvariantCulture, $"the owner {uid}:{gid}, which this user namespace doesn't map"), path);
}
