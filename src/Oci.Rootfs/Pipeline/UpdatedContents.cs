using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.State;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>The contents of a tree that is not changed yet: of files that stay where they stand, and of new ones where they wait.</summary>
[SupportedOSPlatform("linux")]
internal sealed class UpdatedContents : ITreeContents
{
    private readonly StandingTree _old;
    private readonly TreeHandles _standing;
    private readonly StagedContents _staged;

    /// <summary>The old path of each file that stays.</summary>
    private readonly Dictionary<Inode, int> _paths = new(ReferenceEqualityComparer.Instance);

    public UpdatedContents(TreeState old, RootfsTree tree, TreeDifference difference, TreeHandles standing, StagingTree staging, DirectoryHandle stagingRoot)
    {
        (_old, _standing) = (old.Tree, standing);
        _staged = new StagedContents(staging, stagingRoot);
        foreach (int path in tree.InOrder())
        {
            if (tree[path]!.Kind == EntryKind.File && difference.PlaceOf(path) is >= 0 and int place)
                _paths.TryAdd(tree[path]!, _old[place].Path);
        }
    }

    public ITreeContent Open(Inode file)
    {
        if (!_paths.TryGetValue(file, out int path))
            return _staged.Open(file);
        ref StandingNode node = ref _old[_old.Find(path)];
        int fd = _standing.OpenFile(node);
        if (fd < 0)
            throw DiskErrors.FromErrno(Linux.Errno, "reading a file of the tree", _old.Paths.Bytes(path));
        if (_standing.IsAsLeft(fd, node))
            return StagedContents.Of(fd, file.Size);
        _ = Linux.Close(fd);
        throw DiskErrors.Changed(_old.Paths.Bytes(path));
    }

    public void Dispose()
    {
        _standing.Dispose();
        _staged.Dispose();
    }
}
