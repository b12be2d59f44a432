using System.Security.Cryptography;
using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Tree;

/// <summary>
/// Every path that the layers of one image name, each once. Everywhere else a number stands for a path, and data about paths (a node of the
/// tree, a claim on the disk) is in arrays with that index. Path 0 is the root. Names are bytes. Paths are never removed.
/// </summary>
/// <remarks>
/// Several threads take <see cref="Lock"/> for each use of it, and of all that is kept by paths. Each process has its own key for the hash, so an image can't choose names that collide.
/// </remarks>
internal sealed class PathTable
{
    public const int Root = 0;
    public const int None = -1;

    /// <summary>Small enough that a chunk is no large object: only a full collection of the whole process frees those.</summary>
    private const int ChunkBits = 16;
    private const int ChunkBytes = 1 << ChunkBits;

    private static readonly ulong Key0 = RandomWord();
    private static readonly ulong Key1 = RandomWord();

    private readonly List<byte[]> _chunks = [];
    private readonly Paged<Entry> _entries = new();
    private int[] _buckets = NewBuckets(64);
    private int _chunkUsed = ChunkBytes;

    public PathTable() => _entries.Add(new Entry { Parent = None, FirstChild = None, NextSibling = None, NextInBucket = None });

    /// <summary>Held by whoever uses this table, or data by its paths, while other threads may.</summary>
    public Lock Lock { get; } = new();

    /// <summary>The number of paths. They are 0 to <c>Count - 1</c>, and a parent's number is below its children's.</summary>
    public int Count => _entries.Count;

    /// <summary>The bytes of all names.</summary>
    public long NameBytes { get; private set; }

    public int Parent(int path) => _entries[path].Parent;

    /// <summary>The number of the path's components; 0 for the root.</summary>
    public int Depth(int path) => _entries[path].Depth;

    /// <summary>The first of the paths directly below this one, in no particular order, or <see cref="None"/>.</summary>
    public int FirstChild(int path) => _entries[path].FirstChild;

    /// <summary>The next path with the same parent, or <see cref="None"/>.</summary>
    public int NextSibling(int path) => _entries[path].NextSibling;

    /// <summary>The last component; the root's is empty.</summary>
    public ReadOnlySpan<byte> Name(int path)
    {
        ref Entry entry = ref _entries[path];
        return entry.NameLength == 0 ? [] : _chunks[entry.NameOffset >> ChunkBits].AsSpan(entry.NameOffset & (ChunkBytes - 1), entry.NameLength);
    }

    /// <summary>All paths; each path comes right before the paths below it.</summary>
    public int[] InOrder()
    {
        int[] order = new int[Count];
        int done = 0;
        IntStack pending = new();
        pending.Push(Root);
        while (pending.TryPop(out int path))
        {
            order[done++] = path;
            for (int child = FirstChild(path); child != None; child = NextSibling(child))
                pending.Push(child);
        }
        return order;
    }

    public int Find(int parent, ReadOnlySpan<byte> name) => Find(parent, name, HashOf(parent, name));

    public int GetOrAdd(int parent, ReadOnlySpan<byte> name)
    {
        ArgumentOutOfRangeException.ThrowIfZero(name.Length, nameof(name));
        uint hash = HashOf(parent, name);
        int found = Find(parent, name, hash);
        return found != None ? found : Add(parent, name, hash);
    }

    /// <summary>The path from the root, components joined by slashes, without a leading one; the root is empty.</summary>
    public byte[] Bytes(int path)
    {
        int length = -1;
        for (int p = path; p != Root; p = _entries[p].Parent)
            length += _entries[p].NameLength + 1;
        if (length < 0)
            return [];
        byte[] bytes = new byte[length];
        int end = length;
        for (int p = path; p != Root; p = _entries[p].Parent)
        {
            ReadOnlySpan<byte> name = Name(p);
            end -= name.Length;
            name.CopyTo(bytes.AsSpan(end));
            if (end > 0)
                bytes[--end] = (byte)'/';
        }
        return bytes;
    }

    private static int[] NewBuckets(int count)
    {
        int[] buckets = new int[count];
        for (int i = 0; i < buckets.Length; i++)
            buckets[i] = None;
        return buckets;
    }

    /// <summary>Hashes a name below a parent. The hash differs from process to process.</summary>
    public static uint HashOf(int parent, ReadOnlySpan<byte> name)
    {
        SipHash hash = new(Key0, Key1);
        hash.Add((uint)parent);
        return (uint)hash.Finish(name);
    }

    private static ulong RandomWord() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    private int Find(int parent, ReadOnlySpan<byte> name, uint hash)
    {
        for (int path = _buckets[hash & (uint)(_buckets.Length - 1)]; path != None; path = _entries[path].NextInBucket)
        {
            ref Entry entry = ref _entries[path];
            if (entry.Hash == hash && entry.Parent == parent && Name(path).SequenceEqual(name))
                return path;
        }
        return None;
    }

    private int Add(int parent, ReadOnlySpan<byte> name, uint hash)
    {
        if (Count == _buckets.Length)
            MoreBuckets();
        int path = Count;
        ref int bucket = ref _buckets[hash & (uint)(_buckets.Length - 1)];
        _entries.Add(new Entry
        {
            Parent = parent,
            FirstChild = None,
            NextSibling = _entries[parent].FirstChild,
            NextInBucket = bucket,
            Hash = hash,
            NameOffset = Store(name),
            NameLength = name.Length,
            Depth = _entries[parent].Depth + 1,
        });
        _entries[parent].FirstChild = path;
        bucket = path;
        NameBytes += name.Length;
        return path;
    }

    private int Store(ReadOnlySpan<byte> name)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, ChunkBytes, nameof(name));
        if (_chunkUsed + name.Length > ChunkBytes)
        {
            _chunks.Add(new byte[ChunkBytes]);
            _chunkUsed = 0;
        }
        name.CopyTo(_chunks[^1].AsSpan(_chunkUsed));
        int offset = ((_chunks.Count - 1) << ChunkBits) | _chunkUsed;
        _chunkUsed += name.Length;
        return offset;
    }

    private void MoreBuckets()
    {
        _buckets = NewBuckets(_buckets.Length * 2);
        for (int path = 1; path < Count; path++)
        {
            ref int bucket = ref _buckets[_entries[path].Hash & (uint)(_buckets.Length - 1)];
            _entries[path].NextInBucket = bucket;
            bucket = path;
        }
    }

    private struct Entry
    {
        public int Parent;
        public int FirstChild;
        public int NextSibling;
        public int NextInBucket;
        public uint Hash;
        public int NameOffset;
        public int NameLength;
        public int Depth;
    }
}
