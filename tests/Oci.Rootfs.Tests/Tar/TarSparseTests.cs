using Oci.Images;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests;

public sealed class TarSparseTests
{
    public static readonly TheoryData<TarSparseForm> Forms = [.. Enum.GetValues<TarSparseForm>()];

    private static readonly (long Offset, TarContent Data)[] Extents = [.. Enumerable.Range(0, 60).Select(static i => (i * 5000L + 100, (TarContent)$"data number {i}"))];

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_sparse_file_is_read_as_the_file_it_describes_rule_71(TarSparseForm form)
    {
        byte[] expected = new byte[1 << 20];
        foreach ((long offset, TarContent data) in Extents)
            data.WriteTo(new MemoryStream(expected, (int)offset, (int)data.Length));
        byte[] archive = Tars.Of(Tars.Sparse("sparse", form, 1 << 20, Extents), Tars.File("next", "n"));

        foreach (int pieceLength in new[] { 1, 513, 1 << 20 })
        {
            IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(archive, pieceLength);
            Assert.Equal([("sparse", 1L << 20, true), ("next", 1L, false)], entries.Select(static e => (e.Name, e.Size, e.IsSparse)));
            Assert.Equal(expected, entries[0].Content);
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_file_that_is_one_hole_or_empty_or_begins_and_ends_with_data_is_read_rule_71(TarSparseForm form)
    {
        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            Tars.Sparse("hole", form, 5000), Tars.Sparse("empty", form, 0), Tars.Sparse("full", form, 6, (0, "abc"), (3, "def")), Tars.File("next", "n")));

        Assert.Equal([("hole", 5000L, new string('\0', 5000)), ("empty", 0L, ""), ("full", 6L, "abcdef"), ("next", 1L, "n")], entries.Select(static e => (e.Name, e.Size, e.Text)));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Unread_content_of_a_sparse_file_is_skipped_rule_71(TarSparseForm form)
    {
        byte[] archive = Tars.Of(Tars.Sparse("sparse", form, 1 << 20, Extents), Tars.File("next", "n"));
        Oci.Rootfs.Tar.TarReader reader = new(new PieceInput(archive, 700), new EngineContext());

        reader.Read();
        Assert.True(reader.ReadContent(out long offset, out ReadOnlySpan<byte> data));
        Assert.Equal((100, "data number 0"), (offset, System.Text.Encoding.ASCII.GetString(data)));

        Assert.Equal("next"u8, reader.Read()!.Name.Span);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_huge_sparse_file_costs_what_is_stored_rule_71(TarSparseForm form)
    {
        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.Sparse("huge", form, 1L << 40, ((1L << 40) - 1, "x"))));

        Assert.Equal(1L << 40, entry.Size);
    }

    public static TheoryData<TarSparseForm, string> Lies()
    {
        TheoryData<TarSparseForm, string> lies = [];
        foreach (TarSparseForm form in Enum.GetValues<TarSparseForm>())
        {
            foreach (string map in new[] { "0,4,2,4", "100,4,0,4", "9223372036854775807,8", "0,4,996,5", "0,4", "0,4,10,5", "0,8,1001,0", "" })
                lies.Add(form, map);
        }
        return lies;
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_map_that_overlaps_runs_back_overflows_leaves_the_file_or_leaves_data_over_is_an_error_rule_71(TarSparseForm form, string map)
    {
        long[] numbers = [.. map.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        TarItem item = Tars.Sparse("sparse", form, 1000, (0, "8 bytes!"));

        TarAssert.Fails("OCI4013", Tars.Of(item with { Sparse = item.Sparse! with { ForgedMap = [.. numbers.Chunk(2).Select(static p => (p[0], p[1]))] } }));
    }

    [Theory]
    [InlineData(TarSparseForm.OldGnu)]
    [InlineData(TarSparseForm.Pax00)]
    public void A_negative_number_in_a_map_is_an_error_rule_71(TarSparseForm form)
    {
        TarItem item = Tars.Sparse("sparse", form, 1000, (0, "8 bytes!"));

        TarAssert.Fails("OCI4013", Tars.Of(item with { Sparse = item.Sparse! with { ForgedMap = [(-8, 8)] } }));
        TarAssert.Fails("OCI4013", Tars.Of(item with { Sparse = item.Sparse! with { ForgedMap = [(0, -8)] } }));
    }

    [Theory]
    [InlineData(TarSparseForm.Pax00, 0)]
    [InlineData(TarSparseForm.Pax00, 3)]
    [InlineData(TarSparseForm.Pax01, 1)]
    [InlineData(TarSparseForm.Pax01, long.MaxValue)]
    [InlineData(TarSparseForm.Pax10, 0)]
    [InlineData(TarSparseForm.Pax10, 1)]
    public void A_count_that_is_not_that_of_the_map_is_an_error_rule_71(TarSparseForm form, long count)
    {
        TarItem item = Tars.Sparse("sparse", form, 1000, (0, "8 bytes!"), (100, "8 bytes!"), (992, "8 bytes!"));

        TarAssert.Fails("OCI4013", Tars.Of(item with { Sparse = item.Sparse! with { ForgedMap = [(0, 8), (992, 16)], ForgedCount = count } }));
    }

    [Fact]
    public void A_map_before_the_data_that_never_ends_is_an_error_rule_71()
    {
        TarItem item = Tars.Sparse("sparse", TarSparseForm.Pax10, 1000, (0, "8 bytes!"));

        TarAssert.Fails("OCI4004", Tars.Of(item with { Sparse = item.Sparse! with { ForgedCount = long.MaxValue } }));
        TarAssert.Fails("OCI4013", Tars.Of(item with { ForgedSize = 511 }));
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("2", "0")]
    [InlineData("0", "2")]
    [InlineData("-1", "0")]
    public void An_unknown_sparse_format_is_an_error_rule_71(string major, string minor)
        => TarAssert.Fails("OCI4014", Tars.Of(Tars.File("a", "8 bytes!") with
        {
            Pax = [Tars.Record("GNU.sparse.major", major), Tars.Record("GNU.sparse.minor", minor), Tars.Record("GNU.sparse.realsize", "8")],
        }));

    [Fact]
    public void Half_of_the_sparse_records_is_an_error_rule_71()
    {
        TarAssert.Fails("OCI4014", Tars.Of(Tars.File("a", "x") with { Pax = [Tars.Record("GNU.sparse.name", "b")] }));
        TarAssert.Fails("OCI4014", Tars.Of(Tars.File("a", "x") with { Pax = [Tars.Record("GNU.sparse.size", "9")] }));
        TarAssert.Fails("OCI4014", Tars.Of(Tars.File("a", "x") with { Pax = [Tars.Record("GNU.sparse.map", "0,1"), Tars.Record("GNU.sparse.numblocks", "1")] }));
        TarAssert.Fails("OCI4013", Tars.Of(Tars.File("a", "x") with { Pax = [Tars.Record("GNU.sparse.map", "0,1"), Tars.Record("GNU.sparse.size", "1")] }));
        TarAssert.Fails("OCI4014", Tars.Of(Tars.File("a", "x") with
        {
            Pax = [Tars.Record("GNU.sparse.map", "0,1"), Tars.Record("GNU.sparse.offset", "0"), Tars.Record("GNU.sparse.numbytes", "1"), Tars.Record("GNU.sparse.size", "1"), Tars.Record("GNU.sparse.numblocks", "1")],
        }));
    }

    [Fact]
    public void Offsets_and_lengths_out_of_turn_are_an_error_rules_63_and_71()
        => TarAssert.Fails("OCI4013", Tars.Of(Tars.File("a", "x") with { Pax = [Tars.Record("GNU.sparse.offset", "0"), Tars.Record("GNU.sparse.offset", "1")] }));

    [Fact]
    public void Two_real_sizes_that_differ_are_an_error_rule_71()
    {
        TarItem item = Tars.Sparse("sparse", TarSparseForm.Pax01, 1000, (0, "8 bytes!"));

        OciException error = TarAssert.Fails("OCI4013", Tars.Of(item with { Pax = [Tars.Record("GNU.sparse.realsize", "1001")] }));

        Assert.Equal(("sparse", "1001"), (error.Entry, error.Found));
    }

    [Fact]
    public void Sparse_records_of_what_is_no_file_are_ignored()
        => Assert.Equal("a", TarSnapshot.Single(Tars.Of(Tars.Symlink("a", "b") with { Pax = [Tars.Record("GNU.sparse.name", "c"), Tars.Record("GNU.sparse.major", "9")] })).Name);
}
