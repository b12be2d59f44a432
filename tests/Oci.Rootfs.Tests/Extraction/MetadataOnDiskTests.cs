using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>Rules 66 to 84 from the image to the disk: what of headers shows in files.</summary>
public sealed class MetadataOnDiskTests : IDisposable
{
    private readonly Scenario _s = new();

    public static TheoryData<TarSparseForm> SparseForms => [TarSparseForm.OldGnu, TarSparseForm.Pax00, TarSparseForm.Pax01, TarSparseForm.Pax10];

    public void Dispose() => _s.Dispose();

    [Fact]
    public void A_size_in_PAX_hides_no_entry_and_shows_none_rule_66()
    {
        byte[] hidden = Of(File("hidden", "evil"))[..1024];
        _s.With(Of(
            File("archive.tar", (TarContent)hidden) with { Pax = [Tars.Record("size", "1024")], ForgedSize = 0 },
            File("after", "1"))).Gives("after f 644", "archive.tar f 644");
        Assert.Equal(1024, new FileInfo(_s["out/rootfs/archive.tar"]).Length);
    }

    [Fact]
    public void Attributes_are_bytes_rule_68()
    {
        _s.With(Of(File("f") with { Xattrs = [Xattr("user.x", "\0\n\xff="u8)] })).Gives("f f 644");
        Assert.Equal(["user.x=0x000ac3bf3d"], DiskTree.Xattrs(_s["out/rootfs/f"]));
    }

    [Fact]
    public void Both_forms_of_attributes_and_SCHILY_wins_rule_69()
    {
        _s.With(Of(File("f") with { Xattrs = [Xattr("user.a", "s"), Xattr("user.a", "l", TarXattrForm.Libarchive), Xattr("user.b", "l", TarXattrForm.Libarchive)] })).Gives("f f 644");
        Assert.Equal(["user.a=0x73", "user.b=0x6c"], DiskTree.Xattrs(_s["out/rootfs/f"]));
    }

    [Theory]
    [MemberData(nameof(SparseForms))]
    public void Every_form_of_sparse_file_rule_71(TarSparseForm form)
    {
        _s.With(Of(Sparse("s", form, 3_000_000, (1_000_000, "middle"), (2_999_999, "e")), File("after", "1"))).Gives("after f 644", "s f 644");

        byte[] content = System.IO.File.ReadAllBytes(_s["out/rootfs/s"]);
        byte[] expected = new byte[3_000_000];
        "middle"u8.CopyTo(expected.AsSpan(1_000_000));
        expected[^1] = (byte)'e';
        Assert.Equal(expected, content);
    }

    [Theory]
    [InlineData('7')]
    [InlineData('\0')]
    public void Contiguous_and_old_regular_files_rule_72(char type) => _s.With(Of(File("f", "1") with { Type = type })).Gives("f f 644").AndReads("f", "1");

    [Theory]
    [InlineData(-2, 500_000_000, "-1.500000000")]
    [InlineData(0, 1, "0.000000001")]
    [InlineData(1_700_000_000, 123_456_789, "1700000000.123456789")]
    [InlineData(4_102_444_800, 999_999_999, "4102444800.999999999")]
    public void Times_are_exact_rule_73(long seconds, int nanoseconds, string shown)
    {
        _s.With(Of(
            File("f") with { Mtime = seconds, Nanoseconds = nanoseconds }, Dir("d") with { Mtime = seconds, Nanoseconds = nanoseconds },
            Symlink("l", "x") with { Mtime = seconds, Nanoseconds = nanoseconds }, File("d/child")));

        _s.Extract();

        foreach (string path in (string[])["f", "d", "l"])
            Assert.Equal(shown, Command.Run("stat", "-c", "%.Y", Path.Combine(_s.Rootfs, path)).Output.Trim());
    }

    [Fact]
    public void What_stands_behind_the_end_is_not_there_rule_74() =>
        _s.With((byte[])[.. Of(File("a")), .. Of(File("b")), .. Garbage(700).Bytes]).Gives("a f 644");

    [Fact]
    public void Empty_and_all_zero_layers_rule_75() => _s.With(ImageLayer.Plain([]), Of(File("a")), ImageLayer.Plain(new byte[10_240]), ImageLayer.Gzip([])).Gives("a f 644");

    [Fact]
    public void Modes_are_masked_and_names_of_users_ignored_rule_77() =>
        _s.With(Of(File("f") with { Mode = "100644", UserName = "root", GroupName = "nobody" })).Gives("f f 644");

    [Fact]
    public void Setuid_setgid_and_sticky_stand_after_the_owner_rule_78()
    {
        _s.With(Of(File("su", "x", mode: "6755", uid: 12, gid: 34), Dir("sticky", mode: "1777", uid: 12), Dir("group", mode: "2755", gid: 34)));

        _s.Extract();

        Assert.Equal(
            Command.IsRoot ? ["d 755", "group d 2755", "sticky d 1777", "su f 6755"] : ["d 755", "group d 755", "sticky d 1777", "su f 755"],
            DiskTree.Of(_s.Rootfs));
        Assert.Contains("./su type=file mode=6755", System.IO.File.ReadAllText(_s.Record), StringComparison.Ordinal);
    }

    [Fact]
    public void Directories_that_forbid_everything_get_their_children_first_rule_79()
    {
        _s.With(
            Of(Dir("a", mode: "0000", mtime: 1), Dir("a/b", mode: "0500", mtime: 2), File("a/b/f", "1", mtime: 3)),
            Of(File("a/b/g", "2", mtime: 4), Symlink("a/l", "b", mtime: 5)));

        Assert.Equal(0, _s.ExtractAsUser().ExitCode);

        Assert.Equal(0, Command.Run("chmod", "u+rwx", _s["out/rootfs/a"]).ExitCode);
        Assert.Equal(["a d 700", "a/b d 500", "a/b/f f 644", "a/b/g f 644", "a/l l 777 b", "d 755"], DiskTree.Of(_s.Rootfs));
        Assert.Empty(new[] { "a 1.0000000000", "a/b 2.0000000000", "a/l 5.0000000000" }.Except(DiskTree.Times(_s.Rootfs)));
    }

    [Fact]
    public void A_directorys_time_survives_what_upper_layers_do_in_it_rule_80()
    {
        _s.With(Of(Dir("d", mtime: 5), File("d/a"), File("d/b")), Of(File("d/c"), Whiteout("d/a"), Symlink("d/l", "x"))).Gives("d d 755", "d/b f 644", "d/c f 644", "d/l l 777 x");
        Assert.Contains("d 5.0000000000", DiskTree.Times(_s.Rootfs));
    }

    [Fact]
    public void A_time_that_no_file_system_holds_is_clamped_and_recorded_rule_81()
    {
        _s.With(Of(File("f", mtime: 1L << 40), File("g", mtime: -(1L << 40)))).Gives("f f 644", "g f 644").AndWarns("OCI5102", "OCI5102");
        Assert.Contains("time=1099511627776.0", System.IO.File.ReadAllText(_s.Record), StringComparison.Ordinal);
    }

    [Fact]
    public void An_attribute_that_no_file_system_holds_has_its_own_error_rule_81()
    {
        _s.With(Of(File("f") with { Xattrs = [Xattr("user.large", new string('x', 65_537))] }));

        Errors.OciException error = _s.Fails();

        Assert.Equal(("OCI5007", "f"), (error.Code, error.Entry));
        Assert.Contains("user.large of 65537 bytes", error.Found, StringComparison.Ordinal);
        Assert.False(Path.Exists(_s["out"]));
    }

    [Fact]
    public void More_links_than_the_file_system_allows_have_their_own_error_rule_81()
    {
        _s.With(ImageLayer.Gzip(Of([File("f"), .. Enumerable.Range(0, 65_001).Select(static i => Hardlink($"l{i}", "f"))])));

        try
        {
            _s.Extract();
            Assert.True(Path.Exists(_s["out/rootfs/l65000"])); // XFS, btrfs and tmpfs allow more than ext4.
        }
        catch (Errors.OciException e)
        {
            Assert.Equal("OCI5006", e.Code);
            Assert.False(Path.Exists(_s["out"]));
        }
    }
}
