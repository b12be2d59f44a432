using System.Text;
using Oci.Images;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Outputs.Archive;

/// <summary>The form of archives (docs/archive.md): every rule is there because a consumer breaks otherwise.</summary>
public sealed class ArchiveDialectTests : IDisposable
{
    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    [Fact]
    public void Names_begin_with_a_dot_and_the_root_comes_first() => Assert.Equal(
        ["./", "./a/", "./a/b", "./a-c"],
        _s.Entries(Tars.File("a-c"), Tars.File("a/b")).Select(static e => e.Name).OrderBy(static n => n.Replace("/", "\0", StringComparison.Ordinal), StringComparer.Ordinal));

    [Fact]
    public void Names_in_a_directory_are_in_the_order_of_their_bytes() => Assert.Equal(
        ["./", "./a/", "./a/z", "./a-c", "./b", "./\u00c3\u00a4"],
        _s.Entries(Tars.File("\u00e4"), Tars.File("b"), Tars.File("a-c"), Tars.File("a/z")).Select(static e => e.Name));

    [Fact]
    public void A_directory_that_no_layer_lists_has_an_entry_before_what_is_in_it() =>
        Assert.Equal(["./", "./a/", "./a/b/", "./a/b/c"], _s.Entries(Tars.File("a/b/c")).Select(static e => e.Name));

    [Fact]
    public void The_root_has_its_own_mode_owner_and_time()
    {
        ArchiveEntry root = _s.Entries(Tars.Dir("./", "0711", 5, 6, 7))[0];

        Assert.Equal(("./", '5', 0x1c9, 5, 6, 7m), (root.Name, root.Type, root.Mode, (int)root.Uid, (int)root.Gid, root.Mtime));
    }

    [Fact]
    public void A_file_with_several_names_has_its_content_at_the_first_and_links_at_the_others()
    {
        List<ArchiveEntry> entries = _s.Entries(Tars.File("z", "content", "0600", 1, 2, 3) with { Xattrs = [Tars.Xattr("user.x", "y")] }, Tars.Hardlink("a", "z", "0600", 1, 2, 3));

        Assert.Equal([("./a", '0', "", "content", 1), ("./z", '1', "./a", "", 0)],
            entries[1..].Select(static e => (e.Name, e.Type, e.Link, Encoding.ASCII.GetString(e.Content), e.Records.Count)));
        Assert.All(entries[1..], static e => Assert.Equal((0x180, 1, 2, 3m), (e.Mode, (int)e.Uid, (int)e.Gid, e.Mtime)));
    }

    [Fact]
    public void A_symlink_with_several_names_is_as_many_symlinks() => Assert.Equal(
        [("./a", '2', "/etc/passwd"), ("./b", '2', "/etc/passwd")],
        _s.Entries(Tars.Symlink("a", "/etc/passwd"), Tars.Hardlink("b", "a"))[1..].Select(static e => (e.Name, e.Type, e.Link)));

    [Fact]
    public void A_device_with_several_names_is_one_device()
    {
        List<ArchiveEntry> entries = _s.Entries(Tars.CharDevice("a", 1, 3, "0666"), Tars.Hardlink("b", "a", "0666"));

        Assert.Equal([("./a", '3', (1, 3)), ("./b", '1', (0, 0))], entries[1..].Select(static e => (e.Name, e.Type, e.Device)));
    }

    [Theory]
    [InlineData('3')]
    [InlineData('4')]
    [InlineData('6')]
    public void A_device_or_fifo_has_its_type(char type)
    {
        ArchiveEntry entry = _s.Entry(new TarItem { Name = "n", Type = type, DeviceMajor = type == '6' ? 0 : 259, DeviceMinor = type == '6' ? 0 : 70000 });

        Assert.Equal((type, type == '6' ? (0, 0) : (259, 70000)), (entry.Type, entry.Device));
    }

    [Fact]
    public void Names_of_users_are_not_written()
    {
        byte[] header = _s.Entry(Tars.File("f") with { UserName = "somebody", GroupName = "others" }).Header;

        Assert.All(header[265..329], static b => Assert.Equal(0, b));
    }

    [Fact]
    public void Nothing_of_a_plain_file_needs_a_record() => Assert.Empty(_s.Entry(Tars.File("f", "x", "0644", 2097151, 2097151, 8589934591)).Records);

    [Theory]
    [InlineData(2097152L)]
    [InlineData(4294967294L)]
    public void A_large_id_is_in_the_field_and_in_a_record(long id)
    {
        ArchiveEntry entry = _s.Entry(Tars.File("f", "x", uid: id, gid: id));

        Assert.Equal([("uid", $"{id}"), ("gid", $"{id}")], entry.Records);
        Assert.Equal(0x80, entry.Header[108]);
        Assert.Equal((id, id), ((long)entry.Uid, (long)entry.Gid));
    }

    [Theory]
    [InlineData(1700000000, 123456789, "1700000000.123456789")]
    [InlineData(1700000000, 500000000, "1700000000.500000000")]
    [InlineData(1700000000, 1, "1700000000.000000001")]
    [InlineData(10413792000, 0, "10413792000.000000000")]
    [InlineData(-86400, 0, "-86400.000000000")]
    public void A_time_that_the_field_can_not_hold_is_in_a_record_with_a_fraction(long seconds, int nanoseconds, string expected) =>
        Assert.Equal([("mtime", expected)], _s.Entry(Tars.File("f", "x", mtime: seconds) with { Nanoseconds = nanoseconds }).Records);

    [Theory]
    [InlineData(-2, 500_000_000, "-1.500000000")]
    [InlineData(-1, 500_000_000, "-0.500000000")]
    [InlineData(-1, 1, "-0.999999999")]
    [InlineData(-1, 0, "-1.000000000")]
    public void The_record_of_a_time_before_1970_counts_toward_zero_and_the_field_is_rounded_down(long seconds, int nanoseconds, string expected)
    {
        ArchiveEntry entry = _s.Entry(Tars.File("f", "x") with { Pax = [Tars.Record("mtime", expected)] });

        Assert.Equal([("mtime", expected)], entry.Records);
        Assert.Equal(seconds, -1 - (long)(~BitConverter.ToUInt64([.. entry.Header[140..148].Reverse()])));
        Assert.Equal(nanoseconds, (int)((entry.Mtime - Math.Floor(entry.Mtime)) * 1_000_000_000));
    }

    [Fact]
    public void A_name_of_a_hundred_bytes_is_in_the_name_field()
    {
        ArchiveEntry entry = _s.Entry(Tars.File(new string('n', 98)));

        Assert.Empty(entry.Records);
        Assert.Equal(0, entry.Header[345]);
        Assert.Equal("./" + new string('n', 98), entry.Name);
    }

    [Fact]
    public void A_longer_name_is_split_at_the_last_slash_of_its_prefix()
    {
        string name = $"{new string('a', 70)}/{new string('b', 70)}/{new string('c', 90)}";

        ArchiveEntry entry = _s.Entry(Tars.File(name));

        Assert.Empty(entry.Records);
        Assert.Equal("./" + name, entry.Name);
        Assert.Equal('c', (char)entry.Header[0]);
    }

    [Fact]
    public void A_name_that_can_not_be_split_is_in_a_record()
    {
        ArchiveEntry entry = _s.Entry(Tars.File(new string('n', 200)));

        Assert.Equal([("path", "./" + new string('n', 200))], entry.Records);
        Assert.Equal((byte)'n', entry.Header[99]);
    }

    [Fact]
    public void A_directory_s_slash_does_not_divide_its_name()
    {
        ArchiveEntry entry = _s.Entry(Tars.Dir(new string('d', 100)));

        Assert.Equal([("path", "./" + new string('d', 100) + "/")], entry.Records);
    }

    [Fact]
    public void A_long_name_in_ASCII_needs_no_character_set() =>
        Assert.Equal(["path"], _s.Entry(Tars.File(new string('a', 140))).Records.Select(static r => r.Key));

    [Theory]
    [InlineData(new byte[] { 0xc3, 0xa4 })]
    [InlineData(new byte[] { 0xe4 })]
    public void A_long_name_that_is_not_ASCII_says_first_that_it_is_bytes(byte[] letter) =>
        Assert.Equal([("hdrcharset", "BINARY"), ("path", "./" + string.Concat(Enumerable.Repeat(Encoding.Latin1.GetString(letter), 120)))],
            _s.Entry(Tars.File(Enumerable.Repeat(letter, 120).SelectMany(static b => b).ToArray())).Records);

    [Fact]
    public void A_short_name_in_other_bytes_is_there_as_it_is() => Assert.Equal("./\u00e4", _s.Entry(Tars.File((byte[])[0xe4])).Name);

    [Fact]
    public void A_long_link_target_is_in_a_record() =>
        Assert.Equal([("linkpath", new string('t', 101))], _s.Entry(Tars.Symlink("l", new string('t', 101))).Records);

    [Fact]
    public void A_link_target_of_a_hundred_bytes_is_in_its_field() => Assert.Empty(_s.Entry(Tars.Symlink("l", new string('t', 100))).Records);

    [Fact]
    public void Attributes_are_sorted_and_their_names_written_as_GNU_tar_does() => Assert.Equal(
        [("SCHILY.xattr.user.%25", "1"), ("SCHILY.xattr.user.a%3Db", "2"), ("SCHILY.xattr.user.z", "\u00003")],
        _s.Entry(Tars.File("f", "x") with { Xattrs = [Tars.Xattr("user.z", "\u00003"), Tars.Xattr("user.a=b", "2", TarXattrForm.Libarchive), Tars.Xattr("user.%", "1")] }).Records);

    [Fact]
    public void An_ACL_is_there_as_text_and_as_an_attribute()
    {
        byte[] acl = [2, 0, 0, 0, .. Acl(1, 7), .. Acl(2, 6, 1001), .. Acl(4, 5), .. Acl(0x10, 7), .. Acl(0x20, 5)];

        ArchiveEntry entry = _s.Entry(Tars.File("f", "x") with { Xattrs = [Tars.Xattr("system.posix_acl_access", acl)] });

        Assert.Equal(
            [("SCHILY.acl.access", "user::rwx,user:1001:rw-,group::r-x,mask::rwx,other::r-x"), ("SCHILY.xattr.system.posix_acl_access", Encoding.Latin1.GetString(acl))],
            entry.Records);
    }

    [Theory]
    [InlineData("the version", new byte[] { 3, 0, 0, 0 })]
    [InlineData("no mask beside a named user", new byte[] { 2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 6, 0, 1, 0, 0, 0, 4, 0, 5, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255, 255, 255 })]
    [InlineData("no entry for others", new byte[] { 2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 4, 0, 5, 0, 255, 255, 255, 255 })]
    [InlineData("an unknown permission", new byte[] { 2, 0, 0, 0, 1, 0, 8, 0, 255, 255, 255, 255, 4, 0, 5, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255, 255, 255 })]
    [InlineData("twice the owner", new byte[] { 2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 1, 0, 7, 0, 255, 255, 255, 255, 4, 0, 5, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255, 255, 255 })]
    [InlineData("half an entry", new byte[] { 2, 0, 0, 0, 1, 0, 7, 0 })]
    public void An_ACL_that_is_none_stays_an_attribute(string why, byte[] acl)
    {
        ArchiveEntry entry = _s.Entry(Tars.File("f", "x") with { Xattrs = [Tars.Xattr("system.posix_acl_access", acl)] });

        Assert.True(entry.Records is [("SCHILY.xattr.system.posix_acl_access", _)], why);
    }

    [Fact]
    public void Records_are_in_a_fixed_order() => Assert.Equal(
        ["hdrcharset", "path", "uid", "gid", "mtime", "SCHILY.xattr.user.x"],
        _s.Entry(Tars.File(new byte[150].Select(static _ => (byte)0xe4).ToArray(), "x", uid: 3_000_000, gid: 3_000_000, mtime: -1) with { Xattrs = [Tars.Xattr("user.x", "y")] }).Records.Select(static r => r.Key));

    [Fact]
    public void A_small_hole_is_zeros()
    {
        ArchiveEntry entry = _s.Entry(Tars.Sparse("f", TarSparseForm.Pax10, 1 << 20, (0, "begin"), ((1 << 20) - 3, "end")));

        Assert.Equal(1 << 20, entry.Size);
        Assert.Equal([.. "begin"u8, .. new byte[(1 << 20) - 8], .. "end"u8], entry.Content);
    }

    [Fact]
    public void A_file_with_large_holes_is_a_sparse_file_and_a_warning()
    {
        _s.With(Tars.Of(Tars.Sparse("d/f", TarSparseForm.Pax10, 10 << 20, (1 << 20, "data"))));

        ArchiveEntry entry = ArchiveEntry.Parse(_s.Tar(static r => r with { Archive = new ArchiveOptions { HoleThreshold = 1 << 20 } }))[^1];

        Assert.Equal("./d/GNUSparseFile.0/f", entry.Name);
        Assert.Equal([("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "./d/f"), ("GNU.sparse.realsize", $"{10 << 20}")], entry.Records);
        Assert.Equal($"2\n{1 << 20}\n{64 << 10}\n{10 << 20}\n0\n", Encoding.ASCII.GetString(entry.Content[..512]).TrimEnd('\0'));
        Assert.Equal([.. "data"u8, .. new byte[(64 << 10) - 4]], entry.Content[512..]);
        Assert.Contains(_s.Messages, static m => m.Code == "OCI6351" && m.Text.Contains("'d/f'", StringComparison.Ordinal));
    }

    [Fact]
    public void Zeros_that_a_layer_stores_are_as_much_a_hole_as_those_that_it_leaves_out()
    {
        byte[] content = new byte[2 << 20];
        content[1 << 20] = 1;
        static RootfsRequest Change(RootfsRequest r) => r with { Archive = new ArchiveOptions { HoleThreshold = 1 << 20 } };
        byte[] dense = _s.With(Tars.Of(Tars.File("f", content))).Tar(Change);
        using Scenario other = new();

        byte[] sparse = other.With(Tars.Of(Tars.Sparse("f", TarSparseForm.OldGnu, 2 << 20, (1 << 20, (TarContent)(byte[])[1])))).Tar(Change);

        Assert.Equal(dense, sparse);
        Assert.Equal("./GNUSparseFile.0/f", ArchiveEntry.Parse(sparse)[^1].Name);
    }

    [Fact]
    public void No_whiteout_is_left() => Assert.Equal(["./", "./a"],
        ArchiveEntry.Parse(_s.With(Tars.Of(Tars.File("a"), Tars.File("b")), Tars.Of(Tars.Whiteout("b"))).Tar()).Select(static e => e.Name));

    private static byte[] Acl(byte tag, byte permissions, uint id = uint.MaxValue) => [tag, 0, permissions, 0, .. BitConverter.GetBytes(id)];
}
