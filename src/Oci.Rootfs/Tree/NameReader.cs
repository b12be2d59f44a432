using Oci.Rootfs.Collections;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Turns a name from an archive into a path (rules 40 to 47). Archives list siblings one after the other. So the reader remembers the last
/// parent directory with each of its components, and looks up only the components that differ.
/// </summary>
internal sealed class NameReader(PathTable paths, TreeLimits limits)
{
    /// <summary>The most bytes of one component, Linux's NAME_MAX (rule 47).</summary>
    public const int MaxComponent = 255;

    private Component[] _components = new Component[16];
    private int _count;
    private byte[] _lastDirectory = new byte[256];
    private int _lastLength;

    private enum Use { EntryParent, Link }

    /// <summary>
    /// Splits off the last component and drops trailing slashes and dots (rules 40 and 45). Both parts are empty for the root.
    /// </summary>
    public static void Split(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> directory, out ReadOnlySpan<byte> last)
    {
        while (!name.IsEmpty && (name[^1] == '/' || IsTrailingDot(name)))
            name = name[..^1];
        int slash = name.LastIndexOf((byte)'/');
        directory = slash < 0 ? [] : name[..slash];
        last = name[(slash + 1)..];
    }

    /// <summary>Finds the path of an entry's directory. It refuses whiteouts as parents, except below an AUFS name.</summary>
    /// <param name="directory">The part that <see cref="Split"/> returned.</param>
    /// <param name="name">The whole name, for errors.</param>
    /// <param name="isAufs">True when a component is an AUFS name (rule 20).</param>
    public int Directory(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name, out bool isAufs)
    {
        Component start = Common(directory);
        Component end = Resolve(directory, start, name, name, Use.EntryParent);
        Remember(directory);
        isAufs = end.IsAufs;
        return end.Path;
    }

    /// <summary>Finds the path that a hardlink names (rules 40 and 57).</summary>
    public int LinkPath(ReadOnlySpan<byte> linkPath, ReadOnlySpan<byte> name)
    {
        Split(linkPath, out ReadOnlySpan<byte> directory, out ReadOnlySpan<byte> last);
        Component end = Resolve(directory, Common(directory), name, linkPath, Use.Link);
        Remember(directory);
        if (last.IsEmpty)
            return PathTable.Root;
        if (last.SequenceEqual(".."u8))
            throw TreeErrors.ParentComponentInLinkPath(name, linkPath);
        return Child(end.Path, last, name);
    }

    /// <summary>Finds the path of one component below a directory; refuses a component that is too long or too deep.</summary>
    public int Child(int parent, ReadOnlySpan<byte> component, ReadOnlySpan<byte> name)
    {
        if (component.Length > MaxComponent)
            throw TreeErrors.ComponentTooLong(name, component.Length);
        if (paths.Depth(parent) >= limits.MaxPathDepth)
            throw TreeErrors.PathTooDeep(name, limits.MaxPathDepth);
        int count = paths.Count;
        int path = paths.GetOrAdd(parent, component);
        if (paths.Count != count)
            limits.CheckPaths(paths);
        return path;
    }

    private static bool IsTrailingDot(ReadOnlySpan<byte> name) => name[^1] == '.' && (name.Length == 1 || name[^2] == '/');

    /// <summary>Finds the deepest directory that the last entry and this one have in common.</summary>
    private Component Common(ReadOnlySpan<byte> directory)
    {
        int common = directory.CommonPrefixLength(_lastDirectory.AsSpan(0, _lastLength));
        int keep = _count;
        while (keep > 0 && (_components[keep - 1].End > common || (_components[keep - 1].End < directory.Length && directory[_components[keep - 1].End] != '/')))
            keep--;
        _count = keep;
        return keep == 0 ? new Component(0, PathTable.Root, false) : _components[keep - 1];
    }

    private Component Resolve(ReadOnlySpan<byte> directory, Component from, ReadOnlySpan<byte> name, ReadOnlySpan<byte> whole, Use use)
    {
        // If this throws, the components match no directory, so the last one is forgotten first.
        _lastLength = 0;
        Component here = from;
        int start = from.End;
        while (start < directory.Length)
        {
            int length = directory[start..].IndexOf((byte)'/');
            int end = length < 0 ? directory.Length : start + length;
            ReadOnlySpan<byte> component = directory[start..end];
            start = end + 1;
            if (component.IsEmpty || component is [(byte)'.'])
                continue;
            if (component is [(byte)'.', (byte)'.'])
                throw use == Use.Link ? TreeErrors.ParentComponentInLinkPath(name, whole) : TreeErrors.ParentComponentInName(name);
            bool isAufs = here.IsAufs || WhiteoutName.IsAufs(component);
            if (use == Use.EntryParent && !isAufs && WhiteoutName.IsMarker(component))
                throw TreeErrors.WhiteoutAsParent(name);
            here = new Component(end, Child(here.Path, component, name), isAufs);
            Add(here);
        }
        return here;
    }

    private void Add(Component component)
    {
        if (_count == _components.Length)
            Arrays.Grow(ref _components, _count * 2);
        _components[_count++] = component;
    }

    private void Remember(ReadOnlySpan<byte> directory)
    {
        if (directory.Length > _lastDirectory.Length)
            _lastDirectory = new byte[Math.Max(directory.Length, _lastDirectory.Length * 2)];
        directory.CopyTo(_lastDirectory);
        _lastLength = directory.Length;
    }

    /// <summary>A component of the remembered directory: where it ends in the name, and its path.</summary>
    private readonly record struct Component(int End, int Path, bool IsAufs);
}
