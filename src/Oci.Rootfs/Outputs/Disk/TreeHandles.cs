using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Handles to the directories of a tree that stands, by its paths. Each directory is opened below its parent, follows no link, and counts only
/// if it is the one that the engine left there or has made since.
/// </summary>
/// <param name="tree">The tree.</param>
/// <param name="root">Its root; the ownership passes to this object.</param>
/// <param name="keepsInodes">Whether inode numbers tell directories apart.</param>
/// <param name="mostOpen">The number of handles to keep.</param>
[SupportedOSPlatform("linux")]
internal sealed class TreeHandles(StandingTree tree, DirectoryHandle root, bool keepsInodes, int mostOpen = StagingDirectories.MostInOrder)
    : StagingDirectories(tree.Paths, root, mostOpen)
{
    private readonly Dictionary<int, ulong> _made = [];

    public Tree.PathTable Paths => tree.Paths;

    public bool KeepsInodes => keepsInodes;

    /// <summary>What the last directory that was opened is like.</summary>
    public Linux.StatXResult LastOpened { get; private set; }

    /// <summary>A directory that the engine has made: from now on it counts.</summary>
    public void Add(int path, ulong inode) => _made[path] = inode;

    public bool HasMade(int path) => _made.ContainsKey(path);

    /// <summary>The directory that the engine has made is gone again.</summary>
    public void Remove(int path) => _made.Remove(path);

    /// <summary>Opens a file for reading. A FIFO that has taken its place keeps nobody waiting.</summary>
    /// <returns>Negative where it may not be read; errno tells why.</returns>
    /// <exception cref="OciException">A directory above can't be entered, or is another one.</exception>
    public int OpenFile(in StandingNode node) => Get(tree.Paths.Parent(node.Path)).OpenFile(tree.Paths.Name(node.Path), Linux.ORdOnly | Linux.ONonBlock);

    /// <summary>As <see cref="OpenFile"/>, but negative where a directory above is in the way, too.</summary>
    public int TryOpenFile(in StandingNode node)
    {
        try
        {
            return OpenFile(node);
        }
        catch (OciException)
        {
            return -1;
        }
    }

    /// <summary>As <see cref="TryOpenFile"/>, but negative also where the file is not the one that the engine left there.</summary>
    public int TryOpenAsLeft(in StandingNode node)
    {
        int fd = TryOpenFile(node);
        if (fd < 0 || IsAsLeft(fd, node))
            return fd;
        _ = Linux.Close(fd);
        return -1;
    }

    /// <summary>Whether an open file is the one that the engine left there.</summary>
    public bool IsAsLeft(int fd, in StandingNode node) => DirectoryHandle.StatFile(fd) is { } stat && node.Stamp.IsOf(stat, keepsInodes);

    protected override DirectoryHandle Open(DirectoryHandle parent, int path)
    {
        DirectoryHandle child = parent.OpenChildPath(tree.Paths.Name(path)) ?? throw OpenError(path);
        if (child.StatSelf() is { IsDirectory: true } stat && (!keepsInodes || stat.Inode == Expected(path)))
        {
            LastOpened = stat;
            return child;
        }
        child.Dispose();
        throw DiskErrors.Changed(tree.Paths.Bytes(path));
    }

    /// <summary>The inode number of a directory that stands or was made; 0 for none.</summary>
    public ulong Expected(int path)
    {
        if (_made.TryGetValue(path, out ulong inode))
            return inode;
        int place = tree.Find(path);
        return place < 0 ? 0 : tree[place].Stamp.Inode;
    }
}
