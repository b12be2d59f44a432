using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Text;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Makes the staging tree equal to the merged one: what was written ahead and stands right stays, what is missing is fetched, what is too
/// much goes; links and nodes come last, directories' modes and times at the very end, deepest first (rule 79).
/// </summary>
/// <param name="tree">The merged tree.</param>
/// <param name="staging">What was written ahead.</param>
/// <param name="metadata">Sets owners, modes, attributes and times.</param>
/// <param name="cancellation">Looked at between nodes.</param>
internal sealed class Materializer(
    RootfsTree tree, StagingTree staging, MetadataWriter metadata, CancellationToken cancellation)
{
    private readonly PathTable _paths = tree.Paths;
    private readonly IReadOnlyList<int> _order = tree.InOrder();

    /// <summary>Where an inode with several paths stands first.</summary>
    private readonly Dictionary<Inode, int> _firstPath = new(ReferenceEqualityComparer.Instance);

    /// <param name="fetch">Writes contents that were not written ahead, each at its path: the second pass.</param>
    public void Run(Action<IReadOnlyList<MissingContent>> fetch)
    {
        List<MissingContent> missing = Assign();
        RemoveSurplus();
        MakeDirectories();
        if (missing.Count > 0)
            fetch(missing);
        foreach (StagedContent content in staging.Contents)
        {
            if (content.Target != PathTable.None && content.Path != content.Target)
                staging.MoveTo(content, content.Target);
        }
        MakeNodes();
        FinishDirectories();
    }

    /// <summary>Gives every wanted content its path, preferring the one where it stands.</summary>
    private List<MissingContent> Assign()
    {
        List<MissingContent> missing = [];
        foreach (int path in _order)
        {
            Inode inode = tree[path]!;
            if (inode.Kind != EntryKind.File)
                continue;
            bool first = inode.Links == 1 || _firstPath.TryAdd(inode, path);
            if (staging.Find(inode.Content) is not { } content)
            {
                if (first)
                    missing.Add(new MissingContent(inode.Content, path, NodeMetadata.Of(inode)));
            }
            else if (first || content.Path == path)
            {
                content.Target = path;
                if (inode.Links > 1)
                    _firstPath[inode] = path;
            }
        }
        return missing;
    }

    private void RemoveSurplus()
    {
        foreach (StagedContent content in staging.Contents)
        {
            if (content.Target == PathTable.None)
                staging.Delete(content);
            else if (content.Path != content.Target && content.Path != PathTable.None)
                staging.MoveAside(content);
        }
        foreach (int path in staging.StandingDirectories())
        {
            if (tree[path] is not { Kind: EntryKind.Directory })
                staging.RemoveDirectory(path);
        }
    }

    private void MakeDirectories()
    {
        foreach (int path in _order)
        {
            if (tree[path]!.Kind == EntryKind.Directory && !staging.HasDirectory(path))
                staging.MakeDirectory(path);
        }
    }

    private void MakeNodes()
    {
        foreach (int path in _order)
        {
            Inode inode = tree[path]!;
            if (inode.Kind == EntryKind.Directory)
                continue;
            cancellation.ThrowIfCancellationRequested();
            if (inode.Kind == EntryKind.File)
                FinishFile(path, inode, staging.Find(inode.Content)!);
            else if (inode.Links > 1 && !_firstPath.TryAdd(inode, path))
                Link(_firstPath[inode], path);
            else
                MakeNode(path, inode);
        }
    }

    private void FinishFile(int path, Inode inode, StagedContent content)
    {
        if (content.Path != path)
        {
            Link(content.Path, path);
            return;
        }
        NodeMetadata wanted = NodeMetadata.Of(inode);
        if (!wanted.SameAs(content.Written))
            metadata.ApplyAt(staging.Directory(_paths.Parent(path)), _paths.Name(path), wanted, isNew: false, _paths.Bytes(path));
    }

    private void MakeNode(int path, Inode inode)
    {
        if (!metadata.Policy.Makes(inode))
            return;
        DirectoryHandle directory = staging.Directory(_paths.Parent(path));
        if (inode.Kind == EntryKind.Symlink)
            MakeSymlink(directory, path, inode);
        else
            MakeDevice(directory, path, inode);
        metadata.ApplyAt(directory, _paths.Name(path), NodeMetadata.Of(inode), isNew: true, _paths.Bytes(path));
    }

    private unsafe void MakeSymlink(DirectoryHandle directory, int path, Inode inode)
    {
        fixed (byte* name = NativeName.Of(_paths.Name(path), stackalloc byte[NativeName.StackBytes]))
        fixed (byte* target = NativeName.Of(inode.SymlinkTarget, stackalloc byte[NativeName.StackBytes]))
        {
            if (Linux.SymlinkAt(target, directory.Fd, name) != 0)
                throw NodeError(Linux.Errno, "symbolic links", path);
        }
    }

    private void MakeDevice(DirectoryHandle directory, int path, Inode inode)
    {
        uint type = inode.Kind switch
        {
            EntryKind.Fifo => Linux.Fifo,
            EntryKind.CharacterDevice => Linux.CharacterDevice,
            _ => Linux.BlockDevice,
        };
        if (DeviceProbe.Make(directory, _paths.Name(path), type, inode.DeviceMajor, inode.DeviceMinor) is not { } failure)
            return;
        if (type == Linux.Fifo)
            throw failure.MayNot ? DiskErrors.NodeNotSupported("FIFOs", _paths.Bytes(path), failure.Errno) : NodeError(failure.Errno, "FIFOs", path);
        throw failure.MayNot
            ? new RefusedException(Demand.Device(inode.Kind, inode.DeviceMajor, inode.DeviceMinor), failure.Why, SafeText.Show(_paths.Bytes(path)))
            : NodeError(failure.Errno, "devices", path);
    }

    private unsafe void Link(int existing, int path)
    {
        if (!metadata.Policy.Makes(tree[path]!))
            return;
        using DirectoryHandle from = staging.Directory(_paths.Parent(existing)).Hold();
        DirectoryHandle to = staging.Directory(_paths.Parent(path));
        fixed (byte* name = NativeName.Of(_paths.Name(existing), stackalloc byte[NativeName.StackBytes]))
        fixed (byte* newName = NativeName.Of(_paths.Name(path), stackalloc byte[NativeName.StackBytes]))
        {
            if (Linux.LinkAt(from.Fd, name, to.Fd, newName, 0) != 0)
                throw NodeError(Linux.Errno, "hardlinks", path);
        }
    }

    /// <summary>In a directory that we have just made, "not permitted" is never about our rights to it: there are no such nodes.</summary>
    private OciException NodeError(int errno, string what, int path) => Errno.MeansMayNot(errno) && errno != Errno.AccessDenied
        ? DiskErrors.NodeNotSupported(what, _paths.Bytes(path), errno)
        : DiskErrors.FromErrno(errno, $"making {what}", _paths.Bytes(path));

    private void FinishDirectories()
    {
        for (int i = _order.Count - 1; i >= 0; i--)
        {
            int path = _order[i];
            if (tree[path] is { Kind: EntryKind.Directory } inode)
                FinishDirectory(path, NodeMetadata.Of(inode), _paths.Bytes(path));
        }
    }

    private void FinishDirectory(int path, in NodeMetadata meta, byte[] shownPath)
    {
        if (path != PathTable.Root
            && metadata.TryApplyTimesAlone(staging.Directory(_paths.Parent(path)), _paths.Name(path), meta, StagingTree.DirectoryMode, shownPath))
            return;
        metadata.Apply(staging.Directory(path).Fd, meta, path == PathTable.Root ? StagingTree.RootMode : StagingTree.DirectoryMode, shownPath);
    }
}
