namespace Oci.Rootfs.Collections;

/// <summary>
/// A list that grows by pages. An array that doubles would leave as much again as garbage, and would be a large object. Only a full
/// collection frees those, and in a build that is a collection of MSBuild's heap.
/// </summary>
internal sealed class Paged<T>
{
    private const int PageBits = 10;
    private const int PageItems = 1 << PageBits;

    /// <summary>Most lists are short, so the first page starts small and grows to its full size.</summary>
    private T[][] _pages = [new T[16]];

    public int Count { get; private set; }

    /// <summary>The item's place; valid until the next <see cref="Add"/>.</summary>
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
