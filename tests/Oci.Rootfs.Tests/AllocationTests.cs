using Oci.Images;
using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests;

/// <summary>
/// What an entry costs in memory, counted by the runtime on the thread that works: twice the entries, so that what is allocated once
/// doesn't count. Bytes allocated, not time and not the heap: the same on every run, unless a collection that other tests cause falls into
/// one, which makes some kilobytes of difference.
/// </summary>
public sealed class AllocationTests
{
    private const int Few = 4096, Many = 2 * Few, Runs = 5;

    [Fact]
    public void Reading_an_entry_allocates_nothing() =>
        Assert.InRange(BytesAnEntry(static tar => Read(tar, static _ => { })), -1, 1);

    [Fact]
    public void A_row_of_a_layers_table_and_its_path_cost_at_most_256_bytes() =>
        Assert.InRange(BytesAnEntry(static tar => Table(tar, new PathTable())), 60, 256);

    [Fact]
    public void Merging_an_entry_allocates_at_most_192_bytes() =>
        Assert.InRange(BytesAnEntry(static tar => Table(tar, new PathTable()), static table => Merge(table)), 60, 192);

    [Fact]
    public void Recording_a_path_allocates_less_than_one_object() =>
        Assert.InRange(BytesAnEntry(static tar => Merge(Table(tar, new PathTable())), static tree => Mtree.Write(tree, Stream.Null, new EngineContext())), 0, 24);

    private static double BytesAnEntry(Action<byte[]> work) => BytesAnEntry(static tar => tar, work);

    private static double BytesAnEntry<T>(Func<byte[], T> prepare, Action<T> work)
    {
        // Once unmeasured: what is made at a type's first use counts for nobody.
        work(prepare(Archive(Few)));
        return Enumerable.Range(0, Runs).Select(_ => (double)(Bytes(Many) - Bytes(Few)) / (Many - Few)).Order().ElementAt(Runs / 2);

        long Bytes(int entries)
        {
            T input = prepare(Archive(entries));
            long before = GC.GetAllocatedBytesForCurrentThread();
            work(input);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>Entries in directories of sixteen, as in most images.</summary>
    private static byte[] Archive(int entries) =>
        Tars.Of([.. Enumerable.Range(0, entries).Select(static n => Tars.File($"usr/share/directory-{n / 16}/file-number-{n}", "content"))]);

    private static void Read(byte[] tar, Action<TarEntry> take)
    {
        TarReader reader = new(new StreamTarInput(new MemoryStream(tar)), new EngineContext());
        while (reader.Read() is { } entry)
            take(entry);
    }

    private static LayerTable Table(byte[] tar, PathTable paths)
    {
        LayerTableBuilder builder = new(paths, new TreeLimits(new RootfsLimits()), RootfsLog.None, 0, "1 of 1");
        Read(tar, entry => builder.Add(entry));
        return builder.Table;
    }

    private static RootfsTree Merge(LayerTable table) =>
        LayerMerge.Merge(table.Paths, [table], new MergeOptions(KeepDirectorySymlinks: false, SourceDateEpoch: 0), new TreeLimits(new RootfsLimits()), new EngineContext());
}
