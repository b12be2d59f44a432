using Oci.Images;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests;

public sealed class TarLimitTests
{
    private static readonly RootfsLimits Small = new() { MaxTarHeaderBytes = 2000, MaxFileBytes = 5000 };

    [Theory]
    [InlineData('x')]
    [InlineData('L')]
    [InlineData('K')]
    public void A_helper_header_that_claims_8_GiB_allocates_nothing(char type)
    {
        TarItem item = new() { Name = "h", Type = type, Format = TarFormat.Gnu, ForgedSize = 8L << 30 };
        byte[] archive = Tars.Of(item, Tars.File("a"));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<OciException>(() => new TarReader(new StreamTarInput(new MemoryStream(archive)), new EngineContext()).Read());

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        TarAssert.Fails("OCI4201", archive);
        TarAssert.Fails("OCI4201", Tars.Of(item with { ForgedSize = long.MaxValue }));
    }

    [Fact]
    public void A_header_within_the_limit_but_cut_allocates_what_is_there()
    {
        byte[] archive = Tars.Of(new TarItem { Name = "h", Type = 'x', ForgedSize = 8 << 20 }, Tars.End(3));
        TarReader reader = new(new StreamTarInput(new MemoryStream(archive)), new EngineContext());
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal("OCI4003", Assert.Throws<OciException>(reader.Read).Code);

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Helper_headers_of_one_entry_count_together_and_of_several_do_not()
    {
        TarItem name = Tars.LongName(new string('n', 900));

        Assert.Equal(3, TarSnapshot.Read(Tars.Of(name, Tars.File("a"), name, Tars.File("b"), name, Tars.File("c")), limits: Small).Count);
        OciException error = TarAssert.Fails("OCI4201", Tars.Of(name, Tars.LongLink(new string('l', 900)), Tars.PaxHeader(Tars.Record("path", new string('p', 900))), Tars.File("a")), Small);
        Assert.Contains(nameof(RootfsLimits.MaxTarHeaderBytes), error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TarSparseForm.OldGnu)]
    [InlineData(TarSparseForm.Pax00)]
    [InlineData(TarSparseForm.Pax01)]
    [InlineData(TarSparseForm.Pax10)]
    public void A_sparse_map_counts_too(TarSparseForm form)
        => TarAssert.Fails("OCI4201", Tars.Of(Tars.Sparse("s", form, 1 << 20, [.. Enumerable.Range(0, 300).Select(static i => (i * 1000L, (TarContent)"x"))])), Small with { MaxFileBytes = 1 << 30 });

    [Fact]
    public void A_file_over_the_limit_is_an_error_before_its_content_is_read()
    {
        Assert.Equal(5000, Assert.Single(TarSnapshot.Read(Tars.Of(Tars.File("a", new string('x', 5000))), limits: Small)).Size);

        OciException error = TarAssert.Fails("OCI4202", Tars.Of(Tars.File("a") with { ForgedSize = 5001, HeaderOnly = true }), Small);

        Assert.Equal(("a", "at most 5000 bytes", "5001"), (error.Entry, error.Expected, error.Found));
        Assert.Contains(nameof(RootfsLimits.MaxFileBytes), error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TarSparseForm.OldGnu)]
    [InlineData(TarSparseForm.Pax01)]
    [InlineData(TarSparseForm.Pax10)]
    public void Holes_count_for_the_size_of_a_file(TarSparseForm form) => TarAssert.Fails("OCI4202", Tars.Of(Tars.Sparse("s", form, 5001, (0, "x"))), Small);

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999999999")]
    public void A_size_beyond_all_measure_is_an_error(string size)
    {
        TarAssert.Fails("OCI4202", Tars.Of(Tars.File("a") with { Pax = [Tars.Record("size", size)] }));
        TarAssert.Fails("OCI4003", Tars.Of(Tars.File("a") with { Pax = [Tars.Record("size", "9223372036854775806")] }), new RootfsLimits { MaxFileBytes = long.MaxValue });
    }

    [Fact]
    public void Reading_a_plain_entry_allocates_nothing()
    {
        byte[] archive = Tars.Of(Enumerable.Range(0, 1000).SelectMany(static i => new TarPart[]
        {
            Tars.File($"plain/{i}", "text"), Tars.File($"{new string('g', 150)}{i}", "text") with { Format = TarFormat.Gnu }, Tars.File($"{new string('p', 150)}{i}", "text"),
        }));
        TarReader reader = new(new StreamTarInput(new MemoryStream(archive)), new EngineContext());
        for (int i = 0; i < 10; i++)
            reader.Read();
        long before = GC.GetAllocatedBytesForCurrentThread();

        int entries = 10;
        while (reader.Read() is not null)
            entries++;

        Assert.Equal(3000, entries);
        // A collection that another test's thread sets off may count this thread's allocation context (8 KiB) as used.
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 20_000);
    }
}
