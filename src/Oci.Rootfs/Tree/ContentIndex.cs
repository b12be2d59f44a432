using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Tree;

/// <summary>A number for each content, 0 where none was set.</summary>
internal sealed class ContentIndex
{
    private readonly List<int[]> _byLayer = [];

    public int this[ContentRef content] =>
        content.Layer >= _byLayer.Count || content.Row >= _byLayer[content.Layer].Length ? 0 : _byLayer[content.Layer][content.Row];

    public void Set(ContentRef content, int number)
    {
        while (_byLayer.Count <= content.Layer)
            _byLayer.Add([]);
        int[] rows = _byLayer[content.Layer];
        if (content.Row >= rows.Length)
        {
            Arrays.Grow(ref rows, Math.Max(content.Row + 1, rows.Length * 2));
            _byLayer[content.Layer] = rows;
        }
        rows[content.Row] = number;
    }
}
