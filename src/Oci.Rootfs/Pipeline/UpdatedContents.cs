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
    private readonly bool _keepsInodes;

    /// <summary>The old path of each file that stays.</summary>
    private readonly Dictionary<Inode, int> _paths = new(ReferenceEqualityComparer.Instance);

    public UpdatedContents(TreeState old, RootfsTree tree, TreeDifference difference, TreeHandles standing, StagingTree staging, DirectoryHandle stagingRoot)
    {
        (_old, _standing, _keepsInodes) = (old.Tree, standing, old.KeepsInodes);
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
        int fd = _standing.Get(_old.Paths.Parent(path)).OpenFile(_old.Paths.Name(path), Linux.ORdOnly | Linux.ONonBlock);
        if (fd < 0)
            throw DiskErrors.FromErrno(Linux.Errno, "reading a file of the tree", _old.Paths.Bytes(path));
        if (DirectoryHandle.StatFile(fd) is { } stat && _old[_old.Find(path)].Stamp.IsOf(stat, _keepsInodes))
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
