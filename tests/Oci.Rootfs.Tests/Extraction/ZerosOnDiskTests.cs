using System.Globalization;
using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>What zeros cost, and what a sparse file does: on the disk, and of the limits.</summary>
public sealed class ZerosOnDiskTests : IDisposable
{
    private const int MiB = 1 << 20;

    private readonly Scenario _scenario = new();

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void Long_runs_of_zeros_become_holes_and_the_file_reads_the_same()
    {
        byte[] content = new byte[(8 * MiB) + 5];
        content.AsSpan(2 * MiB, MiB).Fill(1);
        content[5 * MiB] = 2;
        _scenario.With(ImageLayer.Plain(Of(File("before", "b"), File("f", content), File("after", "a")))).Extract();

        Assert.Equal(content, System.IO.File.ReadAllBytes(OnDisk("f")));
        Assert.InRange(BytesOnDisk("f"), MiB, 2 * MiB);
    }

    [Fact]
    public void A_file_that_ends_with_zeros_has_its_whole_size()
    {
        _scenario.With(ImageLayer.Gzip(Of(File("lastlog", TarContent.Zeros(64 * MiB))))).Extract();

        Assert.Equal(64 * MiB, new FileInfo(OnDisk("lastlog")).Length);
        Assert.InRange(BytesOnDisk("lastlog"), 0, MiB);
    }

    [Fact]
    public void Gigabytes_of_zeros_that_zstd_makes_nothing_of_are_no_bomb()
    {
        RootfsLimits limits = new() { MaxUncompressedBytes = 4 * MiB, RatioFreeBytes = 3 * MiB };
        _scenario.With(ImageLayer.Zstd(Of(File("lastlog", TarContent.Zeros(64 * MiB))), frames: 2)).Extract(r => r with { Limits = limits });

        Assert.Equal(64 * MiB, new FileInfo(OnDisk("lastlog")).Length);
    }

    [Fact]
    public void Files_of_zeros_that_are_too_short_for_holes_count_in_full()
    {
        _scenario.With(ImageLayer.Gzip(Of(Enumerable.Range(0, 100).Select(static i => File(Name(i), TarContent.Zeros(60_000))))));

        Assert.Equal("OCI4221", _scenario.Fails(static r => r with { Limits = new() { MaxUncompressedBytes = 5 * MiB } }).Code);
    }

    [Fact]
    public void An_extent_of_a_sparse_file_counts_with_the_block_that_it_takes()
    {
        (long, TarContent)[] extents = [.. Enumerable.Range(0, 1000).Select(static i => (i * 8192L, (TarContent)"x"))];
        _scenario.With(ImageLayer.Plain(Of(Sparse("f", TarSparseForm.Pax10, 1000 * 8192, extents))));

        Assert.Equal("OCI4221", _scenario.Fails(static r => r with { Limits = new() { MaxUncompressedBytes = 3 * MiB } }).Code);
        _scenario.Extract(static r => r with { Limits = new() { MaxUncompressedBytes = 5 * MiB } });
        Assert.InRange(BytesOnDisk("f"), 0, 5 * MiB);
    }

    [Fact]
    public void Extents_in_one_block_count_once()
    {
        (long, TarContent)[] extents = [.. Enumerable.Range(0, 1000).Select(static i => (i * 4L, (TarContent)"x"))];
        _scenario.With(ImageLayer.Plain(Of(Sparse("f", TarSparseForm.Pax10, 8192, extents))));

        _scenario.Extract(static r => r with { Limits = new() { MaxUncompressedBytes = 100_000 } });
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"file-{number}");

    private string OnDisk(string name) => Path.Combine(_scenario.Rootfs, name);

    private long BytesOnDisk(string name) => 512 * long.Parse(Command.Run("stat", "-c", "%b", OnDisk(name)).Output, CultureInfo.InvariantCulture);
}
