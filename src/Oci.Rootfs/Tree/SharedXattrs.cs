using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Extended attributes that hardlink entries add to their shared inode (rule 59). They are collected, and sorted once at the end: thousands
/// of links to one inode may each bring one.
/// </summary>
internal sealed class SharedXattrs
{
    private static readonly Comparer<byte[]> ByBytes = Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));

    private readonly Dictionary<Inode, SortedDictionary<byte[], Xattr>> _added = [];

    public void Add(Inode inode, IReadOnlyList<Xattr> xattrs)
    {
        if (!_added.TryGetValue(inode, out SortedDictionary<byte[], Xattr>? all))
        {
            _added.Add(inode, all = new SortedDictionary<byte[], Xattr>(ByBytes));
            foreach (Xattr xattr in inode.Xattrs)
                all[xattr.Name] = xattr;
        }
        foreach (Xattr xattr in xattrs)
            all[xattr.Name] = xattr;
    }

    public void Finish()
    {
        foreach ((Inode inode, SortedDictionary<byte[], Xattr> all) in _added)
            inode.Xattrs = [.. all.Values];
    }
}
