using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Something of a tree that can't be set, met while it was being set. Never leaves the engine: with <c>Auto</c> the extraction starts
/// again and only records all of its kind, so that the decision still holds for the whole tree.
/// </summary>
internal sealed class RefusedException(Demand demand, string why, string path) : Exception
{
    public Demand Demand => demand;

    /// <summary>In the system's words.</summary>
    public string Why => why;

    public OciException ToError() => DiskErrors.CannotPreserve(demand.What, why, path);
}
