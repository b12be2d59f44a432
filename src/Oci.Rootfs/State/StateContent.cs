namespace Oci.Rootfs.State;

/// <summary>What the state file beside a tree says.</summary>
/// <param name="Key">What the tree was made of (<see cref="BuildKey"/>); null while that is not certain.</param>
/// <param name="Trees">The directories that are ours: one, or while a new tree is being put in place the old one and the new one.</param>
/// <param name="Paths">How many paths the tree has on disk, its root included.</param>
/// <param name="LayerOrder">For each place in the order of application the layer's number in the manifest, from 0.</param>
/// <param name="Outputs">The other files written.</param>
internal sealed record StateContent(
    string? Key, IReadOnlyList<TreeIdentity> Trees, long Paths, IReadOnlyList<int> LayerOrder, IReadOnlyList<WrittenFile> Outputs)
{
    /// <summary>Stands instead of a <see cref="BuildKey"/>, none of which looks like this, for a directory that holds an image's trees.</summary>
    public const string KeyOfTrees = "platforms";

    public static StateContent Nothing { get; } = new(null, [], 0, [], []);

    /// <summary>The machine's start under which the tree was written (<see cref="BootId"/>): what was not written out by its end may be lost.</summary>
    public string Boot { get; init; } = "";

    /// <summary>What the tree needs and could not be given on disk when it was made, in the words of who made it.</summary>
    public IReadOnlyList<string> Lacks { get; init; } = [];

    /// <summary>The directory holds trees, one a platform, each with a state file of its own.</summary>
    public bool HoldsTrees => Key == KeyOfTrees;
}

/// <summary>Which directory a tree's root is, wherever it is moved.</summary>
/// <param name="Device">Of its file system; on some it changes with every mount.</param>
/// <param name="Inode">Which ext4 gives to the next directory as soon as this one is removed.</param>
/// <param name="Born">When it was made, which tells it from that next one (<see cref="Os.Linux.StatXResult.Born"/>); 0 if not known.</param>
/// <param name="Modified">
/// The root's mtime as it was published. Where the time of birth is not known (ext4 with small inodes, NFS, FUSE), it tells our tree
/// from another directory after a remount has changed the device number.
/// </param>
internal sealed record TreeIdentity(ulong Device, ulong Inode, long Born, long Modified)
{
    public bool IsSameAs(TreeIdentity other) =>
        Inode == other.Inode && Born == other.Born && (Born != 0 || Device == other.Device || Modified == other.Modified);
}

/// <summary>A file written beside a tree.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Length">In bytes.</param>
internal sealed record WrittenFile(string Path, long Length);
