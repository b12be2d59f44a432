using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.State;

/// <summary>Who made a tree. It stands in the state file, so all of it may be anybody's text.</summary>
/// <param name="Project">The project's file.</param>
/// <param name="List">The file in which the project lists its trees; empty for none.</param>
/// <param name="Request">What the project asked for (<see cref="BuildKey.OfRequest"/>).</param>
internal sealed record TreeMaker(string Project, string List, string Request)
{
    private const int MostPathBytes = 4096;

    /// <summary>Null where the request names no project.</summary>
    public static TreeMaker? Of(RootfsRequest request) =>
        request.Project is null ? null : new TreeMaker(request.Project, request.TreeList ?? "", BuildKey.OfRequest(request));

    /// <summary>
    /// Whether this is another project than the given one, and is still there. The path is looked at and nothing is opened. A checkout that
    /// was moved, or a project that was renamed, is no longer where the state file says.
    /// </summary>
    public bool IsStillAnother(string project)
    {
        // On Windows, a look at a path of anybody's choice may send the user's password hash to a server. There the question stays open.
        if (Project == project || !HostSystem.IsLinux || Stat(Project) is not { } other || (other.Mode & Linux.FileTypeMask) != Linux.Regular)
            return false;
        // One project may have two paths, through a link.
        return Stat(project) is not { } own || own.Inode != other.Inode || own.Device != other.Device;
    }

    [SupportedOSPlatform("linux")]
    private static unsafe Linux.StatXResult? Stat(string path)
    {
        if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(path) > MostPathBytes)
            return null;
        Linux.StatXResult result;
        fixed (byte* name = NativeName.Of(Encoding.UTF8.GetBytes(path), stackalloc byte[NativeName.StackBytes]))
            return Linux.StatX(Linux.AtFdCwd, name, Linux.AtNoAutomount, Linux.StatXResult.BasicStats, &result) == 0 ? result : null;
    }
}
