using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Tree;

/// <summary>A value for each path; the type's default where none was set. It grows as the paths do.</summary>
internal sealed class PathMap<T>(PathTable paths)
{
    private const int LeastLength = 16;

    private T[] _values = new T[Math.Max(LeastLength, paths.Count)];

    public T this[int path] => path < _values.Length ? _values[path] : default!;

    /// <summary>The path's own value; valid until the next call.</summary>
    public ref T At(int path)
    {
        if (path >= _values.Length)
            Arrays.Grow(ref _values, Math.Max(paths.Count, _values.Length * 2));
        return ref _values[path];
    }
}
