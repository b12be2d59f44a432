using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests;

public sealed class TarHeaderTests
{
    [Theory]
    [InlineData(TarFormat.V7, 1)]
    [InlineData(TarFormat.Ustar, 7)]
    [InlineData(TarFormat.Gnu, 511)]
    [InlineData(TarFormat.Pax, 64 << 10)]
    public void Every_kind_of_entry_is_read_in_every_format_and_in_any_pieces(TarFormat format, int pieceLength)
    {
        TarItem[] items =
        [
            Tars.Dir("d", mode: "01777", uid: 1, gid: 2, mtime: 3), Tars.File("d/f", "content", mode: "04750", uid: 1000, gid: 1001, mtime: 1_700_000_000),
            Tars.Symlink("d/s", "../t"), Tars.Hardlink("d/h", "d/f"), Tars.CharDevice("d/c", 1, 3), Tars.BlockDevice("d/b", 259, 70000), Tars.Fifo("d/p"),
        ];

        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(items.Select(i => i with { Format = format })), pieceLength);

        Assert.Equal([EntryKind.Directory, EntryKind.File, EntryKind.Symlink, EntryKind.Hardlink, EntryKind.CharacterDevice, EntryKind.BlockDevice, EntryKind.Fifo],
            entries.Select(static e => e.Kind));
        Assert.Equal(Enumerable.Range(0, 7), entries.Select(static e => e.Ordinal));
        Assert.Equal((Convert.ToUInt32("1777", 8), 1u, 2u, new FileTime(3)), (entries[0].Mode, entries[0].Uid, entries[0].Gid, entries[0].Mtime));
        Assert.Equal((Convert.ToUInt32("4750", 8), 1000u, 1001u, new FileTime(1_700_000_000), 7L, "content"),
            (entries[1].Mode, entries[1].Uid, entries[1].Gid, entries[1].Mtime, entries[1].Size, entries[1].Text));
        Assert.Equal(("../t", "d/f"), (entries[2].LinkName, entries[3].LinkName));
        Assert.Equal(format == TarFormat.V7 ? [(0u, 0u), (0u, 0u)] : [(1u, 3u), (259u, 70000u)], entries.Skip(4).Take(2).Select(static e => e.Device));
    }

    [Theory]
    [InlineData('1')]
    [InlineData('2')]
    [InlineData('3')]
    [InlineData('4')]
    [InlineData('5')]
    [InlineData('6')]
    public void The_size_of_a_kind_without_content_is_ignored_rule_60(char type)
    {
        TarItem item = Tars.File("a") with { Type = type, LinkName = "x", ForgedSize = 512 };

        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(item, item with { ForgedSize = null, Pax = [Tars.Record("size", "1024")] }, Tars.File("next", "n")));

        Assert.Equal([("a", 0L), ("a", 0L), ("next", 1L)], entries.Select(static e => (e.Name, e.Size)));
    }

    [Fact]
    public void Data_after_a_kind_without_content_are_no_header_rule_60()
        => TarAssert.Fails("OCI4001", Tars.Of(Tars.Symlink("a", "b") with { Content = new string('x', 600) }, Tars.File("next")));

    [Theory]
    [InlineData('7')]
    [InlineData('\0')]
    public void Contiguous_and_untyped_entries_are_files_rule_72(char type)
    {
        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.File("a", "text") with { Type = type }));

        Assert.Equal((EntryKind.File, "text"), (entry.Kind, entry.Text));
    }

    [Theory]
    [InlineData('V', "'V' (volume label)")]
    [InlineData('M', "'M' (continuation of a file from another volume)")]
    [InlineData('D', "'D' (GNU directory dump)")]
    [InlineData('N', "'N' (old GNU long name)")]
    [InlineData('Z', "'Z' (compressed file)")]
    [InlineData('A', "'A' (Solaris ACL)")]
    [InlineData('S', "'S' (sparse file outside GNU's format)")]
    [InlineData('8', "'8'")]
    [InlineData('s', "'s'")]
    [InlineData('\n', "'%0A'")]
    [InlineData('\xff', "'%FF'")]
    public void Any_other_type_is_an_error_that_names_it_rules_72_and_81(char type, string shown)
        => Assert.Equal($"type {shown}", TarAssert.Fails("OCI4008", Tars.Of(Tars.File("dir/a") with { Type = type })).Found);

    [Fact]
    public void A_wrong_checksum_is_an_error_that_names_both_rule_77()
    {
        OciException error = TarAssert.Fails("OCI4002", Tars.Of(Tars.File("a"), Tars.File("b") with { ForgedChecksum = 1234 }));

        Assert.Equal(("b", "2322"), (error.Entry, error.Found));
        Assert.Contains("byte 512", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checksum_of_signed_bytes_as_old_tars_wrote_is_right_rule_77()
    {
        byte[] header = Tars.Of(Tars.File(new byte[] { 0xe4, 0xf6 }))[..512];
        header.AsSpan(148, 8).Fill((byte)' ');
        int signed = header.Sum(static b => (sbyte)b);

        Assert.Equal("\u00e4\u00f6", TarSnapshot.Single(Tars.Of(Tars.File(new byte[] { 0xe4, 0xf6 }) with { ForgedChecksum = signed })).Name);
    }

    [Theory]
    [InlineData("      0", 0)]
    [InlineData("   750 ", 488)]
    [InlineData("750\0xx", 488)]
    [InlineData("       ", 0)]
    [InlineData("\0\0\0\0\0\0\0", 0)]
    [InlineData("01234567", 342391)]
    public void Octal_fields_may_be_padded_or_blank_rule_77(string field, uint value)
        => Assert.Equal(value, TarSnapshot.Single(Tars.Of(Tars.File("a") with { Patches = [(108, Latin1(field.PadRight(8, '\0')))] })).Uid);

    [Theory]
    [InlineData("-1")]
    [InlineData("9")]
    [InlineData("0x10")]
    [InlineData("+1")]
    [InlineData("12a")]
    public void A_field_that_is_no_octal_number_is_an_error_rule_77(string field)
        => TarAssert.Fails("OCI4004", Tars.Of(Tars.File("a") with { Patches = [(108, Latin1(field.PadRight(8, '\0')))] }));

    [Fact]
    public void File_type_bits_of_a_mode_are_masked_rule_77()
        => Assert.Equal(Convert.ToUInt32("4755", 8), TarSnapshot.Single(Tars.Of(Tars.File("a", mode: "104755"))).Mode);

    [Fact]
    public void Names_of_owners_do_not_count_rule_77()
        => Assert.Equal((7u, 8u), TarSnapshot.Single(Tars.Of(Tars.File("a", uid: 7, gid: 8) with { UserName = "root", GroupName = "root", Pax = [Tars.Record("uname", "root")] })) is { } e ? (e.Uid, e.Gid) : default);

    [Theory]
    [InlineData(TarFormat.Gnu)]
    [InlineData(TarFormat.Pax)]
    public void The_largest_owner_is_read_and_the_next_one_is_an_error_rule_67(TarFormat format)
    {
        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.File("a", uid: 0xffff_fffe, gid: 0xffff_fffe) with { Format = format }));

        Assert.Equal((0xffff_fffe, 0xffff_fffe), (entry.Uid, entry.Gid));
        TarAssert.Fails("OCI4006", Tars.Of(Tars.File("a", uid: 0xffff_ffff) with { Format = format }));
        TarAssert.Fails("OCI4006", Tars.Of(Tars.File("a", gid: 0x1_0000_0000) with { Format = format }));
    }

    [Fact]
    public void A_negative_owner_is_an_error_rule_67()
    {
        TarAssert.Fails("OCI4006", Tars.Of(Tars.File("a", uid: -1) with { Format = TarFormat.Gnu }));
        TarAssert.Fails("OCI4006", Tars.Of(Tars.File("a") with { Pax = [Tars.Record("gid", "-1")] }));
        TarAssert.Fails("OCI4006", Tars.Of(Tars.File("a") with { Pax = [Tars.Record("uid", "99999999999999999999999999")] }));
    }

    [Theory]
    [InlineData(TarFormat.Gnu)]
    [InlineData(TarFormat.Pax)]
    public void Times_before_1970_and_after_2038_and_2242_are_exact_rule_73(TarFormat format)
    {
        long[] times = [-1, long.MinValue / 2, 0x8000_0000, 0x2_0000_0000, 253402300799, long.MaxValue - 1];

        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(times.Select(t => Tars.File("a", mtime: t) with { Format = format })));

        Assert.Equal(times.Select(static t => new FileTime(t)), entries.Select(static e => e.Mtime));
    }

    [Theory]
    [InlineData("1.5", 1, 500_000_000)]
    [InlineData("-1.5", -2, 500_000_000)]
    [InlineData("-0.000000001", -1, 999_999_999)]
    [InlineData("0.123456789987", 0, 123_456_789)]
    [InlineData("12.", 12, 0)]
    [InlineData("-12.000", -12, 0)]
    public void Nanoseconds_of_a_PAX_time_are_exact_rule_73(string text, long seconds, int nanoseconds)
        => Assert.Equal(new FileTime(seconds, nanoseconds), TarSnapshot.Single(Tars.Of(Tars.File("a") with { Pax = [Tars.Record("mtime", text)] })).Mtime);

    [Theory]
    [InlineData("x")]
    [InlineData(".5")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("-")]
    [InlineData(" 1")]
    [InlineData("99999999999999999999")]
    [InlineData("-99999999999999999999")]
    public void A_time_that_is_none_is_an_error(string text) => TarAssert.Fails("OCI4004", Tars.Of(Tars.File("a") with { Pax = [Tars.Record("mtime", text)] }));

    [Fact]
    public void A_time_beyond_64_bits_in_base_256_is_an_error()
        => TarAssert.Fails("OCI4004", Tars.Of(Tars.File("a") with { Patches = [(136, [0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])] }));

    [Fact]
    public void Device_numbers_of_32_bits_are_read_and_larger_ones_are_an_error_rule_81()
    {
        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            Tars.CharDevice("a", uint.MaxValue, uint.MaxValue) with { Format = TarFormat.Gnu },
            Tars.BlockDevice("b", 0, 0) with { Pax = [Tars.Record("SCHILY.devmajor", "4294967295"), Tars.Record("SCHILY.devminor", "16777216")] }));

        Assert.Equal([(uint.MaxValue, uint.MaxValue), (uint.MaxValue, 16777216u)], entries.Select(static e => e.Device));
        TarAssert.Fails("OCI4007", Tars.Of(Tars.CharDevice("a", 1L << 32, 0) with { Format = TarFormat.Gnu }));
        TarAssert.Fails("OCI4007", Tars.Of(Tars.CharDevice("a", 0, -1) with { Format = TarFormat.Gnu }));
    }

    [Fact]
    public void Device_fields_of_what_is_no_device_may_hold_anything()
        => Assert.Equal((0u, 0u), TarSnapshot.Single(Tars.Of(Tars.File("a") with { Patches = [(329, Latin1("garbage!garbage!"))] })).Device);

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void A_negative_size_is_an_error(long size)
    {
        TarAssert.Fails("OCI4005", Tars.Of(Tars.File("a") with { Format = TarFormat.Gnu, ForgedSize = size }));
        TarAssert.Fails("OCI4005", Tars.Of(Tars.File("a") with { ForgedSize = size }));
        TarAssert.Fails("OCI4005", Tars.Of(Tars.LongName("a") with { Format = TarFormat.Gnu, ForgedSize = size }, Tars.File("a")));
        TarAssert.Fails("OCI4005", Tars.Of(Tars.GlobalHeader() with { Format = TarFormat.Gnu, ForgedSize = size }, Tars.File("a")));
    }

    private static byte[] Latin1(string text) => [.. text.Select(static c => (byte)c)];
}
