using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Makes hardlinks in staging, in the order of the tree. A link's target may be far away in the tree. A deep target gets one more name
/// aside, so that the engine does not walk to it for each of its links.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class StagedLinks(StagingTree staging)
{
    /// <summary>Call this once for an existing file before making links to it.</summary>
    public void Prepare(int existing)
    {
        if (IsDeep(existing))
            Link(staging.Directory(staging.Paths.Parent(existing)), staging.Paths.Name(existing), staging.Aside, AsideName(existing), existing);
    }

    /// <param name="existing">The path of an existing file.</param>
    /// <param name="path">The link's.</param>
    public void Make(int existing, int path)
    {
        PathTable paths = staging.Paths;
        if (IsDeep(existing))
        {
            Link(staging.Aside, AsideName(existing), staging.Directory(paths.Parent(path)), paths.Name(path), path);
            return;
        }
        using DirectoryHandle from = staging.Directory(paths.Parent(existing)).Hold();
        Link(from, paths.Name(existing), staging.Directory(paths.Parent(path)), paths.Name(path), path);
    }

    private void Link(DirectoryHandle from, ReadOnlySpan<byte> existing, DirectoryHandle to, ReadOnlySpan<byte> link, int path)
    {
        if (from.Link(existing, to, link) != 0)
            throw StagedNodes.Error(Linux.Errno, "hardlinks", staging.Paths.Bytes(path));
    }

    private bool IsDeep(int path) => staging.Paths.Depth(path) > StagingDirectories.Near;

    private static byte[] AsideName(int path) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"link-{path}"));
}
