using BenchmarkDotNet.Attributes;
using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tree;
using SystemTar = System.Formats.Tar;

namespace Oci.Rootfs.Benchmarks.Parts;

/// <summary>
/// From entries to a table, from tables to the tree, from the tree to its mtree file. The parameter is the number of entries in all layers
/// together.
/// </summary>
public class TreeBenchmarks
{
    private const int Layers = 10;

    private readonly MergeOptions _options = new(KeepDirectorySymlinks: false, SourceDateEpoch: 0);
    private readonly RootfsLimits _limits = new();
    private byte[] _tar = [];
    private PathTable _paths = new();
    private LayerTable[] _tables = [];
    private RootfsTree _tree = null!;

    [Params(10_000, 100_000)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void Make()
    {
        _tar = Samples.Tar(SystemTar.TarEntryFormat.Ustar, Entries / Layers, 0);
        _paths = new PathTable();
        TreeLimits limits = new(_limits);
        _tables = [.. Enumerable.Range(0, Layers).Select(_ => Samples.Table(_tar, _paths, limits))];
        _tree = Merge();
    }

    /// <summary>Every layer names all paths again, as an upgrade does. This is the worst case for the merge.</summary>
    [Benchmark]
    public int MergeTables() => Merge().Count;

    /// <summary>Reads the tar without contents.</summary>
    [Benchmark]
    public int BuildTables()
    {
        PathTable paths = new();
        TreeLimits limits = new(_limits);
        int rows = 0;
        for (int layer = 0; layer < Layers; layer++)
            rows += Samples.Table(_tar, paths, limits).Count;
        return rows;
    }

    [Benchmark]
    public void WriteMtree() => Mtree.Write(_tree, Stream.Null, new EngineContext());

    private RootfsTree Merge() => LayerMerge.Merge(_paths, _tables, _options, new TreeLimits(_limits), new EngineContext());
}
