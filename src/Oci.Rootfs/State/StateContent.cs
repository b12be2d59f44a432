using Oci.Rootfs.Outputs.Disk;

namespace Oci.Rootfs.State;

/// <summary>The content of the state file beside a tree.</summary>
/// <param name="Key">The <see cref="BuildKey"/> of the tree; null while it is not certain.</param>
/// <param name="Trees">
/// The directories that are ours: one tree, or the old and the new one while the engine puts the new one in place.
/// </param>
/// <param name="Paths">The number of the tree's paths on disk, its root included.</param>
/// <param name="LayerOrder">For each place in the order of application, the layer's number in the manifest, from 0.</param>
/// <param name="Outputs">The other files of the build.</param>
internal sealed record StateContent(
    string? Key, IReadOnlyList<TreeIdentity> Trees, long Paths, IReadOnlyList<int> LayerOrder, IReadOnlyList<WrittenFile> Outputs)
{
    /// <summary>The key of a directory of an image's trees. No <see cref="BuildKey"/> looks like it.</summary>
    public const string KeyOfTrees = "platforms";

    public static StateContent Nothing { get; } = new(null, [], 0, [], []);

    /// <summary>
    /// The start of the machine in which the engine wrote the tree (<see cref="BootId"/>). A later start may have lost data that the kernel
    /// had not yet written to the disk.
    /// </summary>
    public string Boot { get; init; } = "";

    /// <summary>
    /// The stamp of the tree's own state file (<see cref="TreeStateFile"/>); none where there is no such file. An update changes the tree and
    /// keeps its directory. So an older state file that is put back, from a cache for example, names the right directory, but another stamp.
    /// </summary>
    public Stamp TreeState { get; init; }

    /// <summary>The metadata that the tree needs and the engine could not set on disk, each in the text form of a demand.</summary>
    public IReadOnlyList<string> Lacks { get; init; } = [];

    /// <summary>The project that made the tree; null where none is known.</summary>
    public TreeMaker? Maker { get; init; }

    /// <summary>True for a directory of trees, one a platform. Each of them has its own state file.</summary>
    public bool HoldsTrees => Key == KeyOfTrees;

    /// <returns>Null where no such file is named.</returns>
    public WrittenFile? Find(string path)
    {
        foreach (WrittenFile output in Outputs)
        {
            if (output.Path == path)
                return output;
        }
        return null;
    }

    /// <summary>
    /// The files written with the tree that the request could itself have written. The engine removes no others, because anybody may have
    /// edited a state file.
    /// </summary>
    public List<string> FilesAmong(IEnumerable<string> mayGo)
    {
        HashSet<string> allowed = [.. mayGo];
        return [.. Outputs.Select(static output => output.Path).Where(allowed.Contains)];
    }
}

/// <summary>Identifies the directory of a tree's root, wherever it is moved.</summary>
/// <param name="Device">The device of its file system. On some file systems it changes with every mount.</param>
/// <param name="Inode">The inode number. Once this directory is removed, ext4 gives its number to the next one.</param>
/// <param name="Born">
/// The time of birth. It tells this directory from a later one with its inode number (<see cref="Os.Linux.StatXResult.Born"/>); 0 if not
/// known.
/// </param>
/// <param name="Modified">
/// The root's mtime at publication. Where the time of birth is not known (ext4 with small inodes, NFS, FUSE), it tells our tree from
/// another directory after a remount has changed the device number.
/// </param>
internal sealed record TreeIdentity(ulong Device, ulong Inode, long Born, long Modified)
{
    public bool IsSameAs(TreeIdentity other) =>
        Inode == other.Inode && Born == other.Born && (Born != 0 || Device == other.Device || Modified == other.Modified);
}

/// <summary>A file written beside a tree, or without one.</summary>
/// <param name="Path">The absolute path.</param>
/// <param name="Length">The length in bytes.</param>
internal sealed record WrittenFile(string Path, long Length)
{
    /// <summary>An archive's own key (<see cref="BuildKey.OfArchive"/>). Empty for other files: the tree's key is theirs.</summary>
    public string Key { get; init; } = "";

    /// <summary>An archive's digest.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The time of an archive's last change, in .NET's ticks. Where it differs, the digest decides.</summary>
    public long Modified { get; init; }
}
