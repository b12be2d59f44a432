using Oci.Images;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests;

public sealed class TarNameTests
{
    private static readonly string LongName = new string('d', 120) + "/" + new string('n', 90);

    [Theory]
    [InlineData(TarFormat.V7, 100)]
    [InlineData(TarFormat.Ustar, 100)]
    [InlineData(TarFormat.Ustar, 200)]
    [InlineData(TarFormat.Gnu, 100)]
    [InlineData(TarFormat.Gnu, 101)]
    [InlineData(TarFormat.Gnu, 4000)]
    [InlineData(TarFormat.Pax, 100)]
    [InlineData(TarFormat.Pax, 101)]
    [InlineData(TarFormat.Pax, 70_000)]
    public void A_name_of_any_length_that_its_format_can_hold_is_read(TarFormat format, int length)
    {
        string name = string.Concat(Enumerable.Repeat("123456789/", length / 10 + 1))[..(length - 1)] + "x";

        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.File(name, "text") with { Format = format }));

        Assert.Equal((name, "text"), (entry.Name, entry.Text));
    }

    [Theory]
    [InlineData(TarFormat.Gnu)]
    [InlineData(TarFormat.Pax)]
    public void A_long_link_name_is_read_and_the_next_entry_has_its_own(TarFormat format)
    {
        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            Tars.Symlink(LongName, LongName + "2") with { Format = format },
            Tars.Symlink("short", "target") with { Format = format }));

        Assert.Equal([(LongName, LongName + "2"), ("short", "target")], entries.Select(static e => (e.Name, e.LinkName)));
    }

    [Fact]
    public void Names_are_bytes_whatever_they_mean_rule_46()
    {
        byte[] name = [.. Enumerable.Range(1, 99).Select(static i => (byte)i), 0xff];
        byte[] longName = [.. Enumerable.Range(1, 255).Select(static i => (byte)i)];

        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            Tars.File(name),
            Tars.File(longName) with { Format = TarFormat.Gnu },
            Tars.File(longName) with { Pax = [Tars.Record("hdrcharset", "BINARY")] }));

        Assert.Equal([.. name.Select(static b => (char)b)], entries[0].Name);
        Assert.All(entries.Skip(1), e => Assert.Equal([.. longName.Select(static b => (char)b)], e.Name));
    }

    [Theory]
    [InlineData("./a//b/../c")]
    [InlineData("/abs")]
    [InlineData("..")]
    [InlineData(".wh..wh..opq")]
    public void The_reader_does_not_clean_names(string name) => Assert.Equal(name, TarSnapshot.Single(Tars.Of(Tars.File(name))).Name);

    [Theory]
    [InlineData(TarFormat.V7)]
    [InlineData(TarFormat.Ustar)]
    [InlineData(TarFormat.Gnu)]
    public void An_empty_name_is_an_error_rule_44(TarFormat format) => TarAssert.Fails("OCI4009", Tars.Of(Tars.File("") with { Format = format }));

    [Theory]
    [InlineData("path")]
    [InlineData("linkpath")]
    public void A_NUL_in_a_PAX_name_is_an_error_rule_44(string key)
        => TarAssert.Fails("OCI4010", Tars.Of(Tars.Symlink("a", "b") with { Pax = [Tars.Record(key, "x\0y")] }));

    [Fact]
    public void A_NUL_in_a_sparse_name_is_an_error_rule_44()
        => TarAssert.Fails("OCI4010", Tars.Of(Tars.File("a") with { Pax = [Tars.Record("GNU.sparse.name", "x\0y")] }));

    [Theory]
    [InlineData(TarFormat.V7, '\0', EntryKind.Directory)]
    [InlineData(TarFormat.V7, '0', EntryKind.Directory)]
    [InlineData(TarFormat.Ustar, '0', EntryKind.File)]
    [InlineData(TarFormat.Ustar, '\0', EntryKind.File)]
    [InlineData(TarFormat.Gnu, '0', EntryKind.File)]
    public void A_trailing_slash_makes_a_directory_in_V7_only_rule_45(TarFormat format, char type, object kind)
    {
        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.File("d/") with { Format = format, Type = type }));

        Assert.Equal(((EntryKind)kind, "d/"), (entry.Kind, entry.Name));
    }

    [Fact]
    public void The_prefix_counts_in_ustar_only_rule_77()
    {
        TarItem withPrefix = Tars.File("name") with { Patches = [(345, "prefix"u8.ToArray())] };

        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            withPrefix with { Format = TarFormat.Ustar }, withPrefix with { Format = TarFormat.Gnu }, withPrefix with { Format = TarFormat.V7 }));

        Assert.Equal(["prefix/name", "name", "name"], entries.Select(static e => e.Name));
    }

    [Fact]
    public void Times_of_old_GNU_and_of_star_are_no_prefix_rule_77()
    {
        byte[] times = "14000000000\0" + "14000000000\0" is { } text ? [.. text.Select(static c => (byte)c)] : [];
        byte[] fullPrefix = [.. Enumerable.Repeat((byte)'p', 131)];

        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            Tars.File("gnu") with { Format = TarFormat.Gnu, Patches = [(345, times)] },
            Tars.File("star") with { Format = TarFormat.Ustar, Patches = [(345, fullPrefix), (476, times), (508, "tar\0"u8.ToArray())] }));

        Assert.Equal(["gnu", new string('p', 131) + "/star"], entries.Select(static e => e.Name));
    }

    [Fact]
    public void A_GNU_long_name_ends_at_its_first_NUL_and_the_last_of_several_counts()
    {
        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.LongName("first"), Tars.LongName("second\0rest"), Tars.LongLink("one"), Tars.LongLink("two"), Tars.Symlink("a", "b")));

        Assert.Equal(("second", "two"), (entry.Name, entry.LinkName));
    }

    [Fact]
    public void An_empty_GNU_long_name_leaves_the_header_its_name()
        => Assert.Equal("a", TarSnapshot.Single(Tars.Of(Tars.LongName(""), Tars.File("a"))).Name);

    [Fact]
    public void A_PAX_name_goes_before_a_GNU_one_in_either_order()
    {
        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            Tars.LongName("gnu"), Tars.PaxHeader(Tars.Record("path", "pax")), Tars.File("a"),
            Tars.PaxHeader(Tars.Record("path", "pax")), Tars.LongName("gnu"), Tars.File("a")));

        Assert.Equal(["pax", "pax"], entries.Select(static e => e.Name));
    }
}
