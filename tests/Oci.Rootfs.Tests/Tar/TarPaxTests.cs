using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Tests;

public sealed class TarPaxTests
{
    [Fact]
    public void A_global_header_is_ignored_with_one_warning_rule_62()
    {
        TarItem global = Tars.GlobalHeader(Tars.Record("path", "hijacked"), Tars.Record("size", "1"), Tars.Record("uid", "7"));

        IReadOnlyList<TarSnapshot> entries = TarAssert.Warns("OCI4051", Tars.Of(global, Tars.File("a", "text"), global, Tars.PaxHeader(Tars.Record("gid", "9")), global, Tars.File("b")));

        Assert.Equal([("a", "text", 0u, 0u), ("b", "", 0u, 9u)], entries.Select(static e => (e.Name, e.Text, e.Uid, e.Gid)));
    }

    [Fact]
    public void The_last_of_several_records_with_one_key_wins_rule_63()
    {
        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.File("a") with
        {
            Pax = [Tars.Record("path", "first"), Tars.Record("uid", "1"), Tars.Record("path", "second"), Tars.Record("uid", "2")],
        }));

        Assert.Equal(("second", 2u), (entry.Name, entry.Uid));
    }

    [Fact]
    public void An_empty_value_takes_the_record_back_rule_64()
    {
        string[] keys = ["path", "linkpath", "uid", "gid", "size", "mtime"];
        TarItem item = Tars.File("a", "text", uid: 1, gid: 2, mtime: 3);

        TarSnapshot entry = TarSnapshot.Single(Tars.Of(item with { Pax = [.. keys.Select(k => Tars.Record(k, "77")), .. keys.Select(k => Tars.Record(k, ""))] }));

        Assert.Equal(("a", "", 1u, 2u, new FileTime(3), "text"), (entry.Name, entry.LinkName, entry.Uid, entry.Gid, entry.Mtime, entry.Text));
    }

    [Theory]
    [InlineData("5 a=b")]
    [InlineData("6 a=bc\n")]
    [InlineData("5 a=b\n")]
    [InlineData("99 a=b\n")]
    [InlineData("6 a=b\n\0\0")]
    [InlineData("a=b\n")]
    [InlineData(" 7 a=b\n")]
    [InlineData("-6 a=b\n")]
    [InlineData("0 a=b\n")]
    [InlineData("2 a=b\n")]
    [InlineData("6 =bc\n")]
    [InlineData("6 abc\n")]
    [InlineData("99999999999999999999999 a=b\n")]
    [InlineData("18446744073709551622 a=b\n")]
    [InlineData("6")]
    [InlineData("6 ")]
    [InlineData("\n")]
    public void A_record_whose_length_or_form_is_wrong_is_an_error_rule_65(string record)
        => TarAssert.Fails("OCI4011", Tars.Of(Tars.File("a") with { Pax = [TarRecord.Raw(record)] }));

    [Fact]
    public void A_value_may_hold_newlines_equals_signs_and_what_looks_like_a_record()
    {
        TarSnapshot entry = TarSnapshot.Single(Tars.Of(Tars.File("a") with { Pax = [Tars.Record("path", "x=\n11 uid=1234\n")] }));

        Assert.Equal(("x=\n11 uid=1234\n", 0u), (entry.Name, entry.Uid));
    }

    [Fact]
    public void A_PAX_size_overrides_the_header_rule_66()
    {
        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            Tars.File("a", new string('x', 1500)) with { ForgedSize = 0, Pax = [Tars.Record("size", "1500")] }, Tars.File("b")));

        Assert.Equal([("a", 1500L), ("b", 0L)], entries.Select(static e => (e.Name, e.Size)));
    }

    [Fact]
    public void A_PAX_size_hides_an_entry_from_who_ignores_it_and_is_not_ignored_rule_66()
    {
        byte[] hidden = Tars.Of(Tars.File("hidden", "evil"), Tars.End(0));

        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            Tars.File("a", hidden) with { ForgedSize = 0, Pax = [Tars.Record("size", "1024")] }, Tars.File("b")));

        Assert.Equal(["a", "b"], entries.Select(static e => e.Name));
        Assert.Equal(hidden, entries[0].Content);
    }

    [Theory]
    [InlineData('L')]
    [InlineData('K')]
    [InlineData('x')]
    [InlineData('g')]
    public void A_PAX_size_does_not_apply_to_a_helper_header_rule_66(char type)
    {
        TarItem helper = new() { Name = "helper", Type = type, Content = type is 'x' or 'g' ? Tars.Record("comment", "c").Bytes : "long\0" };

        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            Tars.PaxHeader(Tars.Record("size", "600")), helper, Tars.File("a", new string('x', 600)) with { ForgedSize = type == 'x' ? 600 : 0 }, Tars.File("b")));

        Assert.Equal([(type == 'L' ? "long" : "a", 600L), ("b", 0L)], entries.Select(static e => (e.Name, e.Size)));
    }

    [Fact]
    public void Of_two_PAX_headers_before_one_entry_the_last_counts_alone()
    {
        TarSnapshot entry = TarSnapshot.Single(Tars.Of(
            Tars.PaxHeader(Tars.Record("path", "first"), Tars.Record("SCHILY.xattr.user.a", "1")), Tars.PaxHeader(Tars.Record("uid", "5")), Tars.File("a")));

        Assert.Equal(("a", 5u), (entry.Name, entry.Uid));
        Assert.Empty(entry.Xattrs);
    }

    [Fact]
    public void Nothing_of_one_entry_s_records_reaches_the_next()
    {
        IReadOnlyList<TarSnapshot> entries = TarSnapshot.Read(Tars.Of(
            Tars.CharDevice("a", 0, 0) with
            {
                Pax = [Tars.Record("path", "p"), Tars.Record("uid", "5"), Tars.Record("mtime", "5"), Tars.Record("SCHILY.devmajor", "5"), Tars.Record("SCHILY.xattr.user.a", "1")],
            },
            Tars.CharDevice("b", 1, 2)));

        Assert.Equal(("b", 0u, new FileTime(0), (1u, 2u)), (entries[1].Name, entries[1].Uid, entries[1].Mtime, entries[1].Device));
        Assert.Empty(entries[1].Xattrs);
    }

    [Fact]
    public void A_Solaris_X_header_is_a_PAX_header()
        => Assert.Equal("p", TarSnapshot.Single(Tars.Of(Tars.PaxHeader(Tars.Record("path", "p")) with { Type = 'X' }, Tars.File("a"))).Name);

    [Theory]
    [InlineData('x')]
    [InlineData('L')]
    [InlineData('K')]
    public void A_helper_header_without_its_entry_is_an_error(char type)
    {
        TarItem helper = new() { Name = "helper", Type = type, Content = type == 'x' ? Tars.Record("path", "p").Bytes : "long\0" };

        TarAssert.Fails("OCI4012", Tars.Of(Tars.File("a"), helper));
        TarAssert.Fails("OCI4012", Tars.Of(Tars.File("a"), helper, Tars.End(0)));
    }

    [Fact]
    public void Unknown_and_meaningless_records_are_ignored()
        => Assert.Equal("text", TarSnapshot.Single(Tars.Of(Tars.File("a", "text") with
        {
            Pax = [Tars.Record("atime", "x"), Tars.Record("SCHILY.fflags", "nodump"), Tars.Record("RHT.security.selinux", "u:r:t\0"), Tars.Record("VENDOR.\0key", "\0")],
        })).Text);

    [Fact]
    public void SCHILY_acl_records_are_ignored_with_one_warning()
    {
        TarRecord[] acl = [Tars.Record("SCHILY.acl.access", "user::rwx"), Tars.Record("SCHILY.acl.default", "user::rwx")];

        IReadOnlyList<TarSnapshot> entries = TarAssert.Warns("OCI4052", Tars.Of(Tars.File("a") with { Pax = acl }, Tars.File("b") with { Pax = acl }));

        Assert.All(entries, static e => Assert.Empty(e.Xattrs));
    }

    [Fact]
    public void A_part_of_a_file_from_another_volume_is_an_error()
        => TarAssert.Fails("OCI4016", Tars.Of(Tars.File("a", "end") with { Pax = [Tars.Record("GNU.volume.offset", "512")] }));

    [Fact]
    public void A_size_that_is_no_number_is_an_error_even_where_sizes_do_not_count()
    {
        OciException error = TarAssert.Fails("OCI4004", Tars.Of(Tars.Dir("a") with { Pax = [Tars.Record("size", "12k")] }));

        Assert.Equal("'12k'", error.Found);
    }

    /// <summary>The values are what GNU tar 1.34 and bsdtar 3.6 make of such records.</summary>
    [Theory]
    [InlineData("1e-05", 1, 0)]
    [InlineData("1E-05", 1, 0)]
    [InlineData("-1e-05", -1, 0)]
    [InlineData("1.5e3", 1, 500_000_000)]
    [InlineData("1e+20", 1, 0)]
    public void An_exponent_in_a_time_is_passed_over_as_other_tools_do_rule_73(string mtime, long seconds, int nanoseconds) =>
        Assert.Equal(new FileTime(seconds, nanoseconds), TarSnapshot.Single(Tars.Of(Tars.File("a") with { Pax = [Tars.Record("mtime", mtime)] })).Mtime);

    [Theory]
    [InlineData("1e")]
    [InlineData("e5")]
    [InlineData("1e-")]
    [InlineData("1e5.5")]
    [InlineData("12x")]
    public void A_time_that_is_none_is_an_error(string mtime) => TarAssert.Fails("OCI4004", Tars.Of(Tars.File("a") with { Pax = [Tars.Record("mtime", mtime)] }));

    [Fact]
    public void An_error_in_a_PAX_header_names_the_entry_and_not_the_header()
    {
        TarItem header = Tars.PaxHeader(TarRecord.Raw("6 abc\n")) with { Name = "././@PaxHeader" };
        Assert.Equal("usr/bin/app", TarAssert.Fails("OCI4011", Tars.Of(header, Tars.File("usr/bin/app"))).Entry);
        Assert.Equal("the/true/name", TarAssert.Fails("OCI4004", Tars.Of(Tars.PaxHeader(Tars.Record("path", "the/true/name"), Tars.Record("uid", "x")) with { Name = "././@PaxHeader" }, Tars.File("a"))).Entry);
        Assert.Equal("the one after the header at byte 512", TarAssert.Fails("OCI4011", Tars.Of(Tars.Dir("d"), header)).Entry);
        Assert.Equal("the one after the header at byte 512", TarAssert.Fails("OCI4201", Tars.Of(Tars.Dir("d"), Tars.LongName("n") with { Content = new byte[9 << 20] }, Tars.File("a"))).Entry);
    }

    [Fact]
    public void The_warning_of_ACL_records_names_the_entry_and_not_the_header()
    {
        List<string> warnings = [];
        TarSnapshot.Read(Tars.Of(Tars.PaxHeader(Tars.Record("SCHILY.acl.access", "user::rwx")) with { Name = "././@PaxHeader" }, Tars.File("usr/bin/app")), log: new Oci.Rootfs.Context.RootfsLog(m => warnings.Add(m.Text)));
        Assert.Contains("'usr/bin/app'", Assert.Single(warnings), StringComparison.Ordinal);
    }
}
