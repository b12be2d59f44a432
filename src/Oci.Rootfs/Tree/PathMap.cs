using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Tree;

/// <summary>Something that is known of each path; the type's default where nothing was set. Grows as the paths do.</summary>
internal sealed class PathMap<T>(PathTable paths)
{
    private const int LeastLength = 16;

    private T[] _values = new T[Math.Max(LeastLength, paths.Count)];

    public T this[int path] => path < _values.Length ? _values[path] : default!;

    /// <summary>The path's own place, until the next call.</summary>
    public ref T At(int path)
    {
        if (path >= _values.Length)
            Arrays.Grow(ref _values, Math.Max(paths.Count, _values.Length * 2));
        return ref _values[path];
    }
}
