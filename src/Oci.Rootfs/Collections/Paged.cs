namespace Oci.Rootfs.Collections;

/// <summary>
/// A list that grows by pages. An array that doubled would leave as much again behind as garbage, and be a large object, which only a full
/// collection frees: in a build, one of MSBuild's heap.
/// </summary>
internal sealed class Paged<T>
{
    private const int PageBits = 10;
    private const int PageItems = 1 << PageBits;

    /// <summary>Most lists are short: the first page grows to its size.</summary>
    private T[][] _pages = [new T[16]];

    public int Count { get; private set; }

    /// <summary>The item's place, until the next <see cref="Add"/>.</summary>
    public ref T this[int index] => ref _pages[index >> PageBits][index & (PageItems - 1)];

    public void Add(in T item)
    {
        int page = Count >> PageBits;
        int place = Count & (PageItems - 1);
        if (page == _pages.Length)
            Arrays.Grow(ref _pages, page * 2);
        ref T[] items = ref _pages[page];
        items ??= new T[PageItems];
        if (place == items.Length)
            Arrays.Grow(ref items, place * 2);
        items[place] = item;
        Count++;
    }

    public Enumerator GetEnumerator() => new(this);

    public struct Enumerator(Paged<T> items)
    {
        private int _index = -1;

        public readonly ref readonly T Current => ref items[_index];

        public bool MoveNext() => ++_index < items.Count;
    }
}
