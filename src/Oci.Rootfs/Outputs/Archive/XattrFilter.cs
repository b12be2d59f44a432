using System.Text;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>Which extended attributes an archive has (<see cref="ArchiveOptions.Xattrs"/>).</summary>
internal sealed class XattrFilter
{
    private readonly byte[][] _patterns;
    private readonly bool _takesAll;

    public XattrFilter(IReadOnlyList<string> patterns)
    {
        _patterns = new byte[patterns.Count][];
        for (int i = 0; i < _patterns.Length; i++)
        {
            _patterns[i] = Encoding.UTF8.GetBytes(patterns[i]);
            _takesAll |= patterns[i] == ArchiveOptions.AllXattrs;
        }
    }

    /// <summary>A node's attributes, in their order.</summary>
    public IReadOnlyList<Xattr> Of(Inode inode)
    {
        if (_takesAll || inode.Xattrs.Count == 0)
            return inode.Xattrs;
        List<Xattr> taken = [];
        for (int i = 0; i < inode.Xattrs.Count; i++)
        {
            if (Takes(inode.Xattrs[i].Name))
                taken.Add(inode.Xattrs[i]);
        }
        return taken;
    }

    private bool Takes(ReadOnlySpan<byte> name)
    {
        foreach (byte[] pattern in _patterns)
        {
            if (Fits(name, pattern))
                return true;
        }
        return false;
    }

    /// <summary>
    /// Whether a name fits a pattern, in which <c>*</c> stands for any text. Going back to the last star alone is enough, because it may
    /// stand for more.
    /// </summary>
    private static bool Fits(ReadOnlySpan<byte> name, ReadOnlySpan<byte> pattern)
    {
        int at = 0, of = 0, star = -1, resume = 0;
        while (at < name.Length)
        {
            if (of < pattern.Length && pattern[of] == '*')
            {
                star = of++;
                resume = at;
            }
            else if (of < pattern.Length && pattern[of] == name[at])
            {
                at++;
                of++;
            }
            else if (star >= 0)
            {
                of = star + 1;
                at = ++resume;
            }
            else
            {
                return false;
            }
        }
        while (of < pattern.Length && pattern[of] == '*')
            of++;
        return of == pattern.Length;
    }
}
