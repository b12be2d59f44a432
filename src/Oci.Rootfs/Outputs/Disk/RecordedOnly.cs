using System.Globalization;
using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Counts the metadata that the disk does not have as the image says it. One message reports it kind by kind, with the reason.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class RecordedOnly
{
    private const string NeverOnLinux = "Linux has no such thing";

    private readonly RootfsTree _tree;
    private readonly OwnershipPolicy _policy;

    /// <summary>By <see cref="Settable"/>: the number of paths that lack the kind, and the first of them.</summary>
    private readonly int[] _counts = new int[OwnershipPolicy.Kinds];
    private readonly int[] _first = new int[OwnershipPolicy.Kinds];

    private int _xattrPaths, _fractions, _impossible, _impossibleDevices;
    private int _firstImpossible = PathTable.None;

    public RecordedOnly(RootfsTree tree, OwnershipPolicy policy)
    {
        (_tree, _policy) = (tree, policy);
        foreach (int path in tree.InOrder())
            Add(path, tree[path]!);
    }

    /// <summary>Whether the tree needs the kind and the engine could not set it.</summary>
    public bool Lacks(Settable kind) => _counts[(int)kind] > 0;

    /// <summary>Enforces <c>Preserve</c>.</summary>
    /// <exception cref="OciException">Only the mtree file has some of the metadata.</exception>
    public void RefuseAny()
    {
        for (Settable kind = 0; (int)kind < OwnershipPolicy.Kinds; kind++)
        {
            if (Lacks(kind))
                throw DiskErrors.CannotPreserve(Demand.Any(kind).What, _policy.WhyNot(kind), SafeText.Show(_tree.Paths.Bytes(_first[(int)kind])));
        }
        if (_impossible > 0)
            throw DiskErrors.CannotPreserve("an attribute or a device", NeverOnLinux, SafeText.Show(_tree.Paths.Bytes(_firstImpossible)));
    }

    /// <summary>Null when the disk has everything.</summary>
    public string? Describe()
    {
        List<string> parts = Parts();
        if (parts.Count == 0)
            return null;
        List<string> reasons = [];
        for (Settable kind = 0; (int)kind < OwnershipPolicy.Kinds; kind++)
        {
            if (Lacks(kind))
                reasons.Add(_policy.WhyNot(kind)!);
        }
        if (_impossible > 0)
            reasons.Add(NeverOnLinux);
        if (_fractions > 0)
            reasons.Add("the file system holds whole seconds");
        return $"Recorded in the mtree file, not set on disk: {string.Join(", ", parts)} ({string.Join("; ", reasons.Distinct())}).";
    }

    private void Add(int path, Inode inode)
    {
        bool isLink = inode.Kind == EntryKind.Symlink;
        Need(Settable.Owners, path, inode.Uid != _policy.Made.Uid || inode.Gid != _policy.Made.Gid);
        Need(Settable.Modes, path, !isLink);
        Need(Settable.SetIds, path, (inode.Mode & OwnershipPolicy.SetIdBits) != 0 && !isLink);
        Need(Settable.Times, path, true);
        if (_policy.Can(Settable.Times) && !_policy.Times.Fractions && inode.Mtime.Nanoseconds != 0)
            _fractions++;
        if (inode.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice)
        {
            Need(Settable.Devices, path, true);
            if (!OwnershipPolicy.HasLinuxNumbers(inode))
            {
                Impossible(path);
                _impossibleDevices++;
            }
        }
        AddXattrs(path, inode);
    }

    private void AddXattrs(int path, Inode inode)
    {
        bool lacks = false;
        foreach (Xattr xattr in inode.Xattrs)
        {
            if (XattrKinds.Of(xattr.Name).Needs(inode.Kind) is not { } kind)
                Impossible(path);
            else if (_policy.Can(kind))
                continue;
            else
                Need(kind, path, true);
            lacks = true;
        }
        if (lacks)
            _xattrPaths++;
    }

    private void Need(Settable kind, int path, bool isNeeded)
    {
        if (isNeeded && !_policy.Can(kind) && _counts[(int)kind]++ == 0)
            _first[(int)kind] = path;
    }

    private void Impossible(int path)
    {
        if (_impossible++ == 0)
            _firstImpossible = path;
    }

    private List<string> Parts()
    {
        List<string> parts = [];
        Add(_counts[(int)Settable.Owners], "owners");
        Add(_counts[(int)Settable.SetIds], "setuid or setgid bits");
        Add(_counts[(int)Settable.Modes], "modes");
        Add(_counts[(int)Settable.Times], "times");
        Add(_fractions, "times' fractions of a second");
        Add(_counts[(int)Settable.Devices] + (_policy.Can(Settable.Devices) ? _impossibleDevices : 0), "devices");
        Add(_xattrPaths, "paths' extended attributes");
        return parts;

        void Add(int count, string what)
        {
            if (count > 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {what}"));
        }
    }
}
