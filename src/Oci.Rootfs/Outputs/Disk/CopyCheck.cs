using System.Globalization;
using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs.Archive;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Compares a whole directory with a tree that was extracted elsewhere, or before a cache kept it: kinds, modes, owners, sizes, times, targets,
/// link groups and attributes, and that nothing is there that should not be. It compares no bytes of files, and changes nothing.
/// </summary>
/// <param name="tree">The tree.</param>
/// <param name="policy">What the disk has of it.</param>
/// <param name="root">The directory.</param>
/// <param name="cancellation">Checked at each path.</param>
[SupportedOSPlatform("linux")]
internal sealed class CopyCheck(StandingTree tree, OwnershipPolicy policy, DirectoryHandle root, CancellationToken cancellation) : IDisposable
{
    private const int MostNamed = 3;
    private const int MostXattrBytes = 64 << 10; // xattr(7)
    private const uint Permissions = 0b111_111_111; // 0777

    private readonly TreeHandles _handles = new(tree, root.Hold(), keepsInodes: false);
    private readonly List<string> _named = [];
    private readonly Dictionary<Inode, ulong> _inodes = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Inode, int> _links = new(ReferenceEqualityComparer.Instance);
    private readonly List<int> _rounded = [];
    private bool _hasFractions;
    private int _count;
    private Owner? _owner;

    /// <summary>The first few differences; null for none.</summary>
    public string? Differences => _count == 0 ? null : string.Join(", ", _named) + (_count > MostNamed ? ", …" : "");

    /// <summary>The places of nodes whose times the copy has without fractions of a second.</summary>
    public IReadOnlyList<int> Rounded => _rounded;

    public void Run()
    {
        ulong device = root.StatSelf()?.Device ?? 0;
        for (int place = 0; place < tree.Count; place++)
        {
            if (tree[place].Stamp.IsSet && tree[place].Inode.Links > 1)
                _links[tree[place].Inode] = _links.GetValueOrDefault(tree[place].Inode) + 1;
        }
        for (int place = 0; place < tree.Count && _count <= MostNamed; place++)
        {
            cancellation.ThrowIfCancellationRequested();
            ref StandingNode node = ref tree[place];
            if (node.Stamp.IsSet)
                Check(place, node, device);
        }
        // Some programs keep whole seconds. But a copy with fractions has them all.
        if (_hasFractions && _rounded.Count > 0)
            Differ(tree[_rounded[0]].Path, "another time");
    }

    public void Dispose() => _handles.Dispose();

    private void Check(int place, in StandingNode node, ulong device)
    {
        bool isRoot = node.Path == PathTable.Root;
        DirectoryHandle parent = isRoot ? root : _handles.Get(tree.Paths.Parent(node.Path));
        ReadOnlySpan<byte> name = isRoot ? "."u8 : tree.Paths.Name(node.Path);
        if ((isRoot ? root.StatSelf() : parent.Stat(name)) is not { } stat)
        {
            Differ(node.Path, "missing");
            return;
        }
        Inode inode = node.Inode;
        string? what = stat.Device != device || (stat.Mode & Linux.FileTypeMask) != DriftCheck.TypeOf(inode.Kind) ? "another kind"
            : !HasMode(inode, stat) ? "another mode"
            : !HasOwner(inode, stat) ? "another owner"
            : inode.Kind == EntryKind.File && stat.Size != (ulong)inode.Size ? "another size"
            : inode.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice && (stat.NodeMajor != inode.DeviceMajor || stat.NodeMinor != inode.DeviceMinor) ? "another device"
            : !HasTime(place, inode, stat) ? "another time"
            : !HasLinks(inode, stat) ? "other hardlinks"
            : inode.Kind == EntryKind.Symlink && !HasTarget(parent, name, inode) ? "another target"
            : !HasXattrs(parent, name, inode) ? "other attributes"
            : null;
        if (what is not null)
            Differ(node.Path, what);
        // An added name changes the directory's time as well, and says more.
        if (inode.Kind == EntryKind.Directory && what is null or "another time")
            CheckNames(parent, name, node.Path);
    }

    /// <summary>An access control list decides what a mode permits (acl(5)), and is compared itself.</summary>
    private bool HasMode(Inode inode, in Linux.StatXResult stat)
    {
        if (!policy.Modes || inode.Kind == EntryKind.Symlink)
            return true;
        uint compared = ~Linux.FileTypeMask;
        foreach (Xattr xattr in inode.Xattrs)
        {
            if (xattr.Name.AsSpan().SequenceEqual(PosixAcl.AccessName) && policy.Sets(XattrKind.Acl, inode.Kind))
                compared &= ~Permissions;
        }
        return (stat.Mode & compared) == (policy.Mode(inode.Kind, inode.Mode) & compared);
    }

    /// <summary>Without owners of the image, all is the builder's, or whoever's that made the copy.</summary>
    private bool HasOwner(Inode inode, in Linux.StatXResult stat)
    {
        if (policy.Owners)
            return stat.Uid == inode.Uid && stat.Gid == inode.Gid;
        _owner ??= new Owner(stat.Uid, stat.Gid);
        return _owner.Uid == stat.Uid && _owner.Gid == stat.Gid && (stat.Uid == policy.Made.Uid || stat.Uid == Linux.EffectiveUserId());
    }

    private bool HasTime(int place, Inode inode, in Linux.StatXResult stat)
    {
        if (!policy.Can(Settable.Times))
            return true;
        _hasFractions |= stat.ModifiedNanoseconds != 0;
        long seconds = Math.Clamp(inode.Mtime.Seconds, policy.Times.Earliest, policy.Times.Latest);
        uint nanoseconds = seconds == inode.Mtime.Seconds && policy.Times.Fractions ? (uint)inode.Mtime.Nanoseconds : 0;
        if (stat.ModifiedSeconds != seconds || (stat.ModifiedNanoseconds != nanoseconds && stat.ModifiedNanoseconds != 0))
            return false;
        if (stat.ModifiedNanoseconds != nanoseconds)
            _rounded.Add(place);
        return true;
    }

    /// <summary>A file with more paths than these could be changed through one that is not in the tree.</summary>
    private bool HasLinks(Inode inode, in Linux.StatXResult stat)
    {
        if (inode.Kind == EntryKind.Directory)
            return true;
        if (inode.Links == 1)
            return stat.Links == 1;
        if (!_inodes.TryAdd(inode, stat.Inode) && _inodes[inode] != stat.Inode)
            return false;
        return stat.Links == _links[inode];
    }

    private static unsafe bool HasTarget(DirectoryHandle parent, ReadOnlySpan<byte> name, Inode inode)
    {
        byte[] target = new byte[LayerTableBuilder.MaxSymlinkTarget + 1];
        nint length;
        fixed (byte* n = NativeName.Of(name, stackalloc byte[NativeName.StackBytes]), result = target)
            length = Linux.ReadLinkAt(parent.Fd, n, result, (nuint)target.Length);
        return length >= 0 && target.AsSpan(0, (int)length).SequenceEqual(inode.SymlinkTarget);
    }

    private unsafe bool HasXattrs(DirectoryHandle parent, ReadOnlySpan<byte> name, Inode inode)
    {
        int fd = parent.OpenFile(name, Linux.OPath);
        if (fd < 0)
            return false;
        byte[] buffer = new byte[inode.Xattrs.Count == 0 ? 0 : MostXattrBytes];
        try
        {
            fixed (byte* path = DirectoryHandle.HandlePath(fd), value = buffer)
            {
                int expected = 0;
                foreach (Xattr xattr in inode.Xattrs)
                {
                    if (!policy.Sets(XattrKinds.Of(xattr.Name), inode.Kind))
                        continue;
                    expected++;
                    nint length = Get(path, xattr.Name, value, buffer.Length);
                    if (length < 0 || !buffer.AsSpan(0, (int)length).SequenceEqual(xattr.Value))
                        return false;
                }
                return MetadataWriter.ListXattrs(path, []).Count == expected;
            }
        }
        catch (OciException)
        {
            return false;
        }
        finally
        {
            _ = Linux.Close(fd);
        }
    }

    private static unsafe nint Get(byte* path, ReadOnlySpan<byte> xattr, byte* value, int size)
    {
        fixed (byte* name = NativeName.Of(xattr, stackalloc byte[NativeName.StackBytes]))
            return Linux.GetXattrPath(path, name, value, (nuint)size);
    }

    private void CheckNames(DirectoryHandle parent, ReadOnlySpan<byte> name, int path)
    {
        using DirectoryHandle? directory = parent.OpenChild(name);
        if (directory is null)
        {
            Differ(path, "closed");
            return;
        }
        byte[] buffer = new byte[16 << 10];
        IReadOnlyList<DirectoryEntry> batch;
        while (_count <= MostNamed && (batch = DirectoryReader.Next(directory, buffer, SafeText.Show(tree.Paths.Bytes(path)))).Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach ((byte[] entry, _) in batch)
            {
                int child = tree.Paths.Find(path, entry);
                if (child == PathTable.None || tree.Find(child) < 0 || !tree[tree.Find(child)].Stamp.IsSet)
                    Differ([.. tree.Paths.Bytes(path), (byte)'/', .. entry], "added");
            }
        }
    }

    private void Differ(int path, string what) => Differ(tree.Paths.Bytes(path), what);

    private void Differ(byte[] path, string what)
    {
        if (_count++ < MostNamed)
            _named.Add(string.Create(CultureInfo.InvariantCulture, $"'{(path.Length == 0 ? "." : SafeText.Show(path))}' {what}"));
    }

    private sealed record Owner(uint Uid, uint Gid);
}
