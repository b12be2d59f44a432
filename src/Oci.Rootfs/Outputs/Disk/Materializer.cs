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
/// <remarks>Whatever it does, it does in the order of the tree, or backwards: so the way from one directory to the next is short.</remarks>
/// <param name="tree">The merged tree.</param>
/// <param name="staging">What was written ahead.</param>
/// <param name="metadata">Sets owners, modes, attributes and times.</param>
/// <param name="cancellation">Looked at between any two paths.</param>
internal sealed class Materializer(
    RootfsTree tree, StagingTree staging, MetadataWriter metadata, CancellationToken cancellation)
{
    private readonly PathTable _paths = tree.Paths;
    private readonly IReadOnlyList<int> _order = tree.InOrder();
    private readonly StagedLinks _links = new(staging);
    private readonly ShownPath _shown = new(tree.Paths);

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
        PlaceContents();
        MakeNodes();
        FinishDirectories();
    }

    /// <summary>Gives every wanted content its path, preferring the one where it stands.</summary>
    private List<MissingContent> Assign()
    {
        List<MissingContent> missing = [];
        foreach (int path in _order)
        {
            cancellation.ThrowIfCancellationRequested();
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
        Dictionary<int, StagedContent> misplaced = [];
        foreach (StagedContent content in staging.Contents)
        {
            cancellation.ThrowIfCancellationRequested();
            if (content.Path != PathTable.None && content.Path != content.Target)
                misplaced.Add(content.Path, content);
            else if (content.Target == PathTable.None)
                staging.Delete(content);
        }
        if (misplaced.Count > 0 || HasSurplusDirectories())
            RemoveSurplus(misplaced, _paths.InOrder());
    }

    private void RemoveSurplus(Dictionary<int, StagedContent> misplaced, int[] order)
    {
        foreach (int path in order)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!misplaced.TryGetValue(path, out StagedContent? content))
                continue;
            if (content.Target == PathTable.None)
                staging.Delete(content);
            else
                staging.MoveAside(content);
        }
        for (int i = order.Length - 1; i > 0; i--)
        {
            cancellation.ThrowIfCancellationRequested();
            if (IsSurplusDirectory(order[i]))
                staging.RemoveDirectory(order[i]);
        }
    }

    private bool HasSurplusDirectories()
    {
        for (int path = 0; path < _paths.Count; path++)
        {
            if (IsSurplusDirectory(path))
                return true;
        }
        return false;
    }

    private bool IsSurplusDirectory(int path) => staging.HasDirectory(path) && tree[path] is not { Kind: EntryKind.Directory };

    private void MakeDirectories()
    {
        foreach (int path in _order)
        {
            cancellation.ThrowIfCancellationRequested();
            if (tree[path]!.Kind == EntryKind.Directory && !staging.HasDirectory(path))
                staging.MakeDirectory(path);
        }
    }

    /// <summary>Moves what waits aside to where it belongs; of a file with several paths, to the first one that it gets.</summary>
    private void PlaceContents()
    {
        foreach (int path in _order)
        {
            cancellation.ThrowIfCancellationRequested();
            Inode inode = tree[path]!;
            if (inode.Kind != EntryKind.File || inode.Links > 1 && _firstPath[inode] != path)
                continue;
            StagedContent content = staging.Find(inode.Content)!;
            if (content.Path != path)
                staging.MoveTo(content, path);
            if (inode.Links > 1)
                _links.Prepare(path);
        }
    }

    private void MakeNodes()
    {
        foreach (int path in _order)
        {
            cancellation.ThrowIfCancellationRequested();
            Inode inode = tree[path]!;
            if (inode.Kind == EntryKind.File)
                FinishFile(path, inode, staging.Find(inode.Content)!);
            else if (inode.Kind != EntryKind.Directory && MayMake(path, inode))
                MakeNodeOrLink(path, inode);
        }
    }

    private void MakeNodeOrLink(int path, Inode inode)
    {
        if (inode.Links > 1 && !_firstPath.TryAdd(inode, path))
        {
            _links.Make(_firstPath[inode], path);
            return;
        }
        MakeNode(path, inode);
        if (inode.Links > 1)
            _links.Prepare(path);
    }

    private void FinishFile(int path, Inode inode, StagedContent content)
    {
        if (content.Path != path)
        {
            _links.Make(content.Path, path);
            return;
        }
        NodeMetadata wanted = NodeMetadata.Of(inode);
        if (!wanted.SameAs(content.Written))
            metadata.ApplyAt(staging.Directory(_paths.Parent(path)), _paths.Name(path), wanted, isNew: false, _shown.MoveTo(path));
    }

    private unsafe void MakeNode(int path, Inode inode)
    {
        DirectoryHandle directory = staging.Directory(_paths.Parent(path));
        int result;
        fixed (byte* name = NativeName.Of(_paths.Name(path), stackalloc byte[NativeName.StackBytes]))
        fixed (byte* target = NativeName.Of(inode.SymlinkTarget, stackalloc byte[NativeName.StackBytes]))
        {
            result = inode.Kind switch
            {
                EntryKind.Symlink => Linux.SymlinkAt(target, directory.Fd, name),
                EntryKind.Fifo => Linux.MknodAt(directory.Fd, name, Linux.Fifo | 0b110_000_000, 0),
                EntryKind.CharacterDevice => Linux.MknodAt(directory.Fd, name, Linux.CharacterDevice, Linux.MakeDevice(inode.DeviceMajor, inode.DeviceMinor)),
                _ => Linux.MknodAt(directory.Fd, name, Linux.BlockDevice, Linux.MakeDevice(inode.DeviceMajor, inode.DeviceMinor)),
            };
        }
        if (result != 0)
            throw DiskErrors.FromErrno(Linux.Errno, "making a link, device or FIFO", _paths.Bytes(path));
        metadata.ApplyAt(directory, _paths.Name(path), NodeMetadata.Of(inode), isNew: true, _shown.MoveTo(path));
    }

    private bool MayMake(int path, Inode inode)
    {
        if (inode.Kind is not (EntryKind.CharacterDevice or EntryKind.BlockDevice))
            return true;
        if (metadata.Policy.Devices && inode.DeviceMajor < 1 << 12 && inode.DeviceMinor < 1 << 20)
            return true;
        return metadata.Policy.MustPreserve ? throw DiskErrors.CannotPreserve("devices", SafeText.Show(_paths.Bytes(path))) : false;
    }

    private void FinishDirectories()
    {
        for (int i = _order.Count - 1; i >= 0; i--)
        {
            cancellation.ThrowIfCancellationRequested();
            int path = _order[i];
            if (tree[path] is { Kind: EntryKind.Directory } inode)
                FinishDirectory(path, NodeMetadata.Of(inode), _shown.MoveTo(path));
        }
    }

    private void FinishDirectory(int path, in NodeMetadata meta, ReadOnlySpan<byte> shownPath)
    {
        if (path != PathTable.Root
            && metadata.TryApplyTimesAlone(staging.Directory(_paths.Parent(path)), _paths.Name(path), meta, StagingTree.DirectoryMode, shownPath))
            return;
        metadata.Apply(staging.Directory(path).Fd, meta, path == PathTable.Root ? StagingTree.RootMode : StagingTree.DirectoryMode, shownPath);
    }
}
