using Oci.Rootfs.Collections;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// The escaped full path of a walk's current node. The walk goes from parents to children. A step costs only the length of the last name,
/// although a path may be a megabyte long.
/// </summary>
internal sealed class MtreePath
{
    private byte[] _text = new byte[4096];

    /// <summary>By depth: the end of the path.</summary>
    private int[] _ends = new int[64];

    private int _length;

    public MtreePath()
    {
        _text[0] = (byte)'.';
        _ends[0] = _length = 1;
    }

    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _length);

    /// <summary>
    /// Goes to the next path. Its parent is an ancestor of the path before or that path itself, as in <see cref="RootfsTree.InOrder"/>.
    /// </summary>
    public void MoveTo(PathTable paths, int path)
    {
        int depth = paths.Depth(path);
        if (depth == 0)
            return;
        _length = _ends[depth - 1];
        ReadOnlySpan<byte> name = paths.Name(path);
        if (_length + 1 + (name.Length * 4) > _text.Length)
            Arrays.Grow(ref _text, Math.Max(_text.Length * 2, _length + 1 + (name.Length * 4)));
        _text[_length++] = (byte)'/';
        foreach (byte b in name)
            _length += MtreeText.Escape(b, _text.AsSpan(_length));
        if (depth == _ends.Length)
            Arrays.Grow(ref _ends, depth * 2);
        _ends[depth] = _length;
    }
}
