using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tests.Outputs;
using Oci.Rootfs.Tree;
using static Oci.Rootfs.Tests.Tree.Rows;

namespace Oci.Rootfs.Tests.Tree;

/// <summary>Each loop over what layers name ends when nobody wants the tree any more: here at its first warning.</summary>
public sealed class CancelledMergeTests : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private int _warnings;

    public void Dispose() => _cancellation.Dispose();

    [Fact]
    public void Entries() => EndsAtTheFirstWarningOf(Layer(File("a"), File("a"), File("a"), File("b")));

    [Fact]
    public void Whiteouts() => EndsAtTheFirstWarningOf(Layer(File("a")), Layer(File("a/.wh.b"), File("a/.wh.c"), File("a/.wh.d")));

    [Fact]
    public void Hardlinks_that_wait() =>
        EndsAtTheFirstWarningOf(Layer(Hardlink("a", "z"), Hardlink("a", "z"), Hardlink("b", "z"), File("a"), File("z")));

    [Fact]
    public void The_order_of_the_tree()
    {
        RootfsTree tree = new(new PathTable(), TreeBuilder.Directory(), new EngineContext(new RootfsLimits(), RootfsLog.None, _cancellation.Token));
        foreach (int i in Enumerable.Range(0, 100))
            tree.Set(tree.Paths.GetOrAdd(PathTable.Root, Bytes($"file-{i}")), new Inode { Kind = EntryKind.File });
        _cancellation.Cancel();

        Assert.Throws<OperationCanceledException>(() => tree.InOrder());
    }

    [Fact]
    public void The_record_of_every_path()
    {
        TreeBuilder builder = new();
        foreach (int i in Enumerable.Range(0, 100_000))
            builder.Add($"file-{i}", new Inode { Kind = EntryKind.File });
        using CancellingStream output = new(_cancellation);

        Assert.Throws<OperationCanceledException>(() =>
            Mtree.Write(builder.Tree, output, new EngineContext(new RootfsLimits(), RootfsLog.None, _cancellation.Token)));
        Assert.Equal(1, output.Writes);
    }

    private void EndsAtTheFirstWarningOf(params TarEntry[][] layers)
    {
        RootfsLog log = new(Cancel);
        RootfsLimits limits = new();
        PathTable paths = new();
        TreeLimits shared = new(limits);
        LayerTable[] tables = [.. layers.Select((entries, i) =>
        {
            LayerTableBuilder builder = new(paths, shared, RootfsLog.None, i, "layer");
            foreach (TarEntry entry in entries)
                builder.Add(entry);
            return builder.Table;
        })];

        Assert.Throws<OperationCanceledException>(() =>
            LayerMerge.Merge(paths, tables, new MergeOptions(), shared, new EngineContext(limits, log, _cancellation.Token)));
        Assert.Equal(1, _warnings);
    }

    private void Cancel(RootfsMessage message)
    {
        _warnings++;
        _cancellation.Cancel();
    }

    private sealed class CancellingStream(CancellationTokenSource cancellation) : MemoryStream
    {
        public int Writes { get; private set; }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Writes++;
            cancellation.Cancel();
        }
    }
}
