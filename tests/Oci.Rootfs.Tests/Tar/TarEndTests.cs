using Oci.Images;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests;

public sealed class TarEndTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(30)]
    public void Any_number_of_end_blocks_is_accepted_rule_74(int blocks)
        => Assert.Equal(2, TarSnapshot.Read(Tars.Of(Tars.File("a", "text"), Tars.Dir("b"), Tars.End(blocks))).Count);

    [Fact]
    public void Bytes_after_the_end_are_drained_and_mean_nothing_rule_74()
        => Assert.Single(TarSnapshot.Read(Tars.Of(Tars.File("a"), Tars.End(), Tars.Garbage(100_001), Tars.File("b"))));

    [Fact]
    public void Data_after_a_lone_zero_block_are_not_read_and_warned_of_rule_74()
        => Assert.Equal("a", Assert.Single(TarAssert.Warns("OCI4053", Tars.Of(Tars.File("a"), Tars.End(1), Tars.File("b")))).Name);

    [Theory]
    [InlineData(512)]
    [InlineData(5000)]
    public void Garbage_where_a_header_belongs_is_an_error_rule_74(int length)
    {
        OciException error = TarAssert.Fails("OCI4001", Tars.Of(Tars.File("a", "text"), Tars.Garbage(length), Tars.End()));

        Assert.Contains("at byte 1024", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(700)]
    [InlineData(10240)]
    public void Nothing_or_nothing_but_zeros_is_an_empty_archive_rule_75(int length) => Assert.Empty(TarSnapshot.Read(new byte[length]));

    public static TheoryData<string> Kinds => [.. Archives.Keys];

    private static readonly Dictionary<string, byte[]> Archives = new()
    {
        ["file"] = Tars.Of(Tars.File("a", new string('x', 1300))),
        ["long names"] = Tars.Of(Tars.Symlink(new string('n', 700), new string('l', 1200)) with { Format = TarFormat.Gnu }),
        ["PAX"] = Tars.Of(Tars.File(new string('n', 700), "text", uid: 5_000_000) with { Xattrs = [Tars.Xattr("user.a", new string('v', 900))] }),
        ["global"] = Tars.Of(Tars.GlobalHeader(Tars.Record("comment", new string('c', 900))), Tars.Dir("d")),
        ["header only"] = Tars.Of(Tars.Dir("d"), Tars.Symlink("s", "t"), Tars.Hardlink("h", "t"), Tars.CharDevice("c", 1, 1), Tars.Fifo("f")),
        ["OldGnu"] = Sparse(TarSparseForm.OldGnu),
        ["Pax00"] = Sparse(TarSparseForm.Pax00),
        ["Pax01"] = Sparse(TarSparseForm.Pax01),
        ["Pax10"] = Sparse(TarSparseForm.Pax10),
    };

    private static byte[] Sparse(TarSparseForm form)
        => Tars.Of(Tars.Sparse("s", form, 1 << 20, [.. Enumerable.Range(0, 100).Select(static i => (i * 1000L, (TarContent)"some data"))]));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_archive_cut_anywhere_but_between_entries_is_an_error_rule_76(string kind)
    {
        byte[] archive = Archives[kind];
        int total = TarSnapshot.Read(archive).Count;
        int end = archive.Length - 1024;
        for (int length = 0; length < archive.Length; length += length % 512 == 0 || length % 512 == 511 ? 1 : 73)
        {
            byte[] cut = archive[..length];
            if (length >= end)
            {
                Assert.Equal(total, TarSnapshot.Read(cut).Count);
                continue;
            }
            Exception? error = Xunit.Record.Exception(() => Assert.True(TarSnapshot.Read(cut).Count < total));
            Assert.True(error is null ? length % 512 == 0 : error is OciException { Code: "OCI4003" or "OCI4012" }, $"{kind}, {length} bytes: {error}");
        }
    }

    [Fact]
    public void A_file_whose_last_block_is_not_filled_is_truncated_rule_76()
        => Assert.Equal("a", TarAssert.Fails("OCI4003", Tars.Of(Tars.File("a", "text") with { Padded = false }, Tars.End(0))).Entry);

    [Fact]
    public void A_truncated_file_is_an_error_whether_it_is_read_or_skipped_rule_76()
    {
        byte[] archive = Tars.Of(Tars.File("a", new string('x', 3000)))[..2000];
        TarReader skipping = new(new StreamTarInput(new MemoryStream(archive)), new EngineContext());
        skipping.Read();

        OciException error = Assert.Throws<OciException>(skipping.Read);

        Assert.Equal(("OCI4003", "a", "3000 bytes", "1488 bytes"), (error.Code, error.Entry, error.Expected, error.Found));
    }

    [Fact]
    public void Content_is_found_again_at_its_position()
    {
        byte[] archive = Tars.Of(Tars.File("a", "first"), Tars.File(new string('b', 200), "second"));
        TarReader reader = new(new StreamTarInput(new MemoryStream(archive), 600), new EngineContext());

        foreach (string expected in new[] { "first", "second" })
        {
            TarEntry entry = reader.Read()!;
            Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(archive, (int)reader.ContentPosition, (int)entry.Size));
        }
    }
}
