namespace Oci.Rootfs.Collections;

/// <summary>
/// A stack of numbers, mostly of paths. The framework's stack of numbers would have to be compiled in every process that extracts
/// something.
/// </summary>
internal sealed class IntStack
{
    private int[] _items = new int[16];
    private int _count;

    public void Push(int item)
    {
        if (_count == _items.Length)
            Arrays.Grow(ref _items, _count * 2);
        _items[_count++] = item;
    }

    public bool TryPop(out int item)
    {
        bool any = _count > 0;
        item = any ? _items[--_count] : 0;
        return any;
    }

    public void Clear() => _count = 0;
}
