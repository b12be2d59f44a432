using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Tree;

/// <summary>
/// The current path of a walk through the tree, in bytes. A step costs only the part in which two paths differ. Spelling
/// each path anew would cost its whole depth.
/// </summary>
internal sealed class ShownPath(PathTable paths)
{
    private readonly IntStack _below = new();
    private byte[] _text = new byte[4096];

    /// <summary>By depth: the path on the way, and its end in the text.</summary>
    private Step[] _way = new Step[64];

    private int _depth;

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<byte> MoveTo(int path)
    {
        int at = path;
        int depth = paths.Depth(path);
        for (; depth > _depth || _way[depth].Path != at; depth--)
        {
            _below.Push(at);
            at = paths.Parent(at);
        }
        _depth = depth;
        while (_below.TryPop(out int next))
            Append(next);
        return _text.AsSpan(0, _way[_depth].End);
    }

    private void Append(int path)
    {
        ReadOnlySpan<byte> name = paths.Name(path);
        int end = _way[_depth].End;
        if (end + 1 + name.Length > _text.Length)
            Arrays.Grow(ref _text, Math.Max(_text.Length * 2, end + 1 + name.Length));
        if (end > 0)
            _text[end++] = (byte)'/';
        name.CopyTo(_text.AsSpan(end));
        if (++_depth == _way.Length)
            Arrays.Grow(ref _way, _depth * 2);
        _way[_depth] = new Step(path, end + name.Length);
    }

    private readonly record struct Step(int Path, int End);
}
