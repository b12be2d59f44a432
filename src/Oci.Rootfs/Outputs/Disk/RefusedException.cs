using System.Runtime.Versioning;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// The system refused to set some of a tree's metadata. This exception never leaves the engine. With <c>Auto</c> the engine extracts again
/// and only records the whole kind, so one decision still holds for the whole tree.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class RefusedException(Demand demand, string why, string path) : Exception
{
    public Demand Demand => demand;

    /// <summary>The reason in the system's words.</summary>
    public string Why => why;

    public OciException ToError() => DiskErrors.CannotPreserve(demand.What, why, path);
}
