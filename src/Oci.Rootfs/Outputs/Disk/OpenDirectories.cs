using System.Runtime.Versioning;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>A fixed number of handles by path. A new handle displaces the least recently used one.</summary>
[SupportedOSPlatform("linux")]
internal sealed class OpenDirectories(int most) : IDisposable
{
    private readonly Dictionary<int, LinkedListNode<OpenDirectory>> _open = [];
    private readonly LinkedList<OpenDirectory> _byUse = new();

    public bool Has(int path) => _open.ContainsKey(path);

    /// <summary>Null where the directory is not open.</summary>
    public DirectoryHandle? Use(int path)
    {
        if (!_open.TryGetValue(path, out LinkedListNode<OpenDirectory>? node))
            return null;
        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value.Handle;
    }

    /// <param name="path">A path without an open handle.</param>
    /// <param name="handle">The handle; its ownership passes to this list.</param>
    public void Keep(int path, DirectoryHandle handle)
    {
        if (_open.Count >= most)
            Close(_byUse.Last!.Value.Path);
        _open[path] = _byUse.AddFirst(new OpenDirectory(path, handle));
    }

    public void Close(int path)
    {
        if (!_open.Remove(path, out LinkedListNode<OpenDirectory>? node))
            return;
        _byUse.Remove(node);
        node.Value.Handle.Dispose();
    }

    public void Dispose()
    {
        foreach (OpenDirectory directory in _byUse)
            directory.Handle.Dispose();
        _byUse.Clear();
        _open.Clear();
    }

    private sealed record OpenDirectory(int Path, DirectoryHandle Handle);
}
