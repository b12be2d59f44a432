using System.Globalization;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>Counts what of a tree does not stand on disk as the image says it, for the one message that says so.</summary>
internal sealed class RecordedOnly
{
    private int _owners, _devices, _setIds, _xattrs;

    /// <summary>Null when everything stands on disk.</summary>
    public static string? Describe(RootfsTree tree, OwnershipPolicy policy, Privileges builder)
    {
        RecordedOnly counts = new();
        foreach (int path in tree.InOrder())
            counts.Add(tree[path]!, policy, builder);
        string[] parts = [.. counts.Parts()];
        return parts.Length == 0 ? null : $"Recorded in the mtree file, not set on disk: {string.Join(", ", parts)}.";
    }

    private void Add(Inode inode, OwnershipPolicy policy, Privileges builder)
    {
        if (!policy.Owners && (inode.Uid != builder.UserId || inode.Gid != builder.GroupId))
            _owners++;
        if (!policy.Owners && (inode.Mode & OwnershipPolicy.SetIdBits) != 0)
            _setIds++;
        if (!policy.Devices && inode.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice)
            _devices++;
        if (inode.Xattrs.Any(x => !policy.Sets(XattrKinds.Of(x.Name), inode.Kind)))
            _xattrs++;
    }

    private IEnumerable<string> Parts()
    {
        if (_owners > 0)
            yield return Count(_owners, "owners");
        if (_setIds > 0)
            yield return Count(_setIds, "setuid or setgid bits");
        if (_devices > 0)
            yield return Count(_devices, "devices");
        if (_xattrs > 0)
            yield return Count(_xattrs, "paths' extended attributes");
    }

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}");
}
