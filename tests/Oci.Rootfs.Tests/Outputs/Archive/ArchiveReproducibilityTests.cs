using Oci.Images;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Outputs.Archive;

/// <summary>An archive's bytes are a function of the tree and the options: of nothing that the builder is, has or does.</summary>
public sealed class ArchiveReproducibilityTests : IDisposable
{
    private readonly Scenario _s = new();

    /// <summary>All kinds of nodes, with owners, modes and attributes that an ordinary user can't set.</summary>
    private static readonly TarPart[] Everything =
    [
        Tars.Dir("./", "0755"), Tars.Dir("a", "0000", 7, 8, 100), Tars.File("a/none", "not readable", "0000", 3, 4, 5), Tars.File("a/setuid", "x", "4755"),
        Tars.Hardlink("b", "a/none", "0000", 3, 4, 5), Tars.Symlink("c", "a"), Tars.Hardlink("d", "c"), Tars.CharDevice("null", 1, 3, "0666"), Tars.Fifo("pipe"),
        Tars.File("capable", "x", "0755") with { Xattrs = [Tars.Xattr("security.capability", new byte[] { 1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] },
        Tars.File("large", TarContentOf(3_000_000), "0200"), Tars.Sparse("sparse", TarSparseForm.Pax10, 1 << 20, (77, "in the middle")), Tars.File("empty", "", "0400"),
        Tars.Dir("locked", "0555"), Tars.File("locked/in", "x", "0444", mtime: -5),
    ];

    public ArchiveReproducibilityTests() => _s.With(Tars.Of(Everything));

    public void Dispose() => _s.Dispose();

    [Fact]
    public void An_archive_is_the_same_with_a_directory_and_without()
    {
        byte[] without = _s.Tar();

        _s.Extract(r => r.AndArchives(_s[("with.tar")]));

        Assert.Equal(without, File.ReadAllBytes(_s["with.tar"]));
    }

    [Theory]
    [InlineData("077")]
    [InlineData("000")]
    public void An_ordinary_user_makes_the_same_archives_under_any_umask(string umask)
    {
        byte[] tar = _s.Tar();
        string[] shell = [.. Command.AsUser, "env", "TZ=Asia/Tokyo", "LC_ALL=tr_TR.UTF-8", "sh", "-c", $"cd /; umask {umask}; exec \"$@\"", "sh"];

        CommandResult without = Command.RunnerUnder(shell, "extract", _s.Image, "-", "--archive", _s["user/without.tar"]);
        CommandResult with = Command.RunnerUnder(shell, "extract", _s.Image, _s["user/tree"], "--archive", _s["user/with.tar"]);

        Assert.Equal((0, "", 0, ""), (without.ExitCode, without.Error, with.ExitCode, with.Error));
        Assert.Equal(tar, File.ReadAllBytes(_s["user/without.tar"]));
        Assert.Equal(tar, File.ReadAllBytes(_s["user/with.tar"]));
    }

    [Fact]
    public void An_ordinary_user_s_tree_has_its_modes_although_the_archive_was_made_of_it()
    {
        Assert.Equal(0, Command.RunnerAsUser("extract", _s.Image, _s["user/alone"]).ExitCode);

        Assert.Equal(0, Command.RunnerAsUser("extract", _s.Image, _s["user/tree"], "--archive", _s["user/with.tar"]).ExitCode);

        Assert.Equal(DiskTree.Of(_s["user/alone"]), DiskTree.Of(_s["user/tree"]));
    }

    [Fact]
    public void One_layer_or_several_make_the_same_archive()
    {
        using Scenario several = new();
        several.With(Tars.Of([Tars.File("hidden", "x"), Tars.File("empty", "other"), .. Everything[..6]]), Tars.Of([Tars.Whiteout("hidden"), .. Everything[6..9]]), ImageLayer.Gzip(Tars.Of(Everything[9..])));

        Assert.Equal(_s.Tar(), several.Tar());
    }

    [Fact]
    public void The_number_of_cores_changes_no_byte()
    {
        string[] names = [".tar.zst", ".tar.gz", ".tar"];
        foreach (int cores in (int[])[1, 2, 7])
            _s.Extract(r => r.OnlyArchives([.. names.Select(n => _s[$"{cores}{n}"])]) with { Cores = cores });

        foreach (string name in names)
        {
            Assert.Equal(File.ReadAllBytes(_s["1" + name]), File.ReadAllBytes(_s["2" + name]));
            Assert.Equal(File.ReadAllBytes(_s["1" + name]), File.ReadAllBytes(_s["7" + name]));
        }
    }

    [Fact]
    public void Every_compression_holds_the_same_tar()
    {
        byte[] tar = _s.Tar();

        _s.Extract(r => r.OnlyArchives(_s["a.tar.zst"], _s["a.tar.gz"], _s["a.wsl"], _s["a.tgz"]));

        Assert.Equal(tar, ArchiveScenario.Unzstd(_s["a.tar.zst"]));
        Assert.Equal(tar, ArchiveScenario.Gunzip(_s["a.tar.gz"]));
        Assert.Equal(File.ReadAllBytes(_s["a.tar.gz"]), File.ReadAllBytes(_s["a.wsl"]));
        Assert.Equal(File.ReadAllBytes(_s["a.tar.gz"]), File.ReadAllBytes(_s["a.tgz"]));
        Assert.Contains(_s.Messages, static m => m.Code == "OCI6352");
    }

    [Fact]
    public void A_gzip_header_has_no_time_and_no_system()
    {
        _s.Extract(r => r.OnlyArchives(_s["a.tar.gz"]));

        Assert.Equal([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], File.ReadAllBytes(_s["a.tar.gz"])[..10]);
    }

    [Fact]
    public void The_way_of_other_systems_imports_no_native_function_and_makes_the_same_archives()
    {
        using Scenario gzip = new();
        gzip.With(ImageLayer.Gzip(Tars.Of(Everything)), ImageLayer.Zstd(Tars.Of(Tars.File("from-zstd", "x"))));
        byte[] tar = gzip.Tar();

        CommandResult portable = Command.RunnerUnder([], "extract", gzip.Image, "-", "--archive", gzip["p/a.tar"], "--archive", gzip["p/a.tar.zst"], "--mtree", gzip["p/a.mtree"], "--portable");

        Assert.Equal((0, ""), (portable.ExitCode, portable.Error));
        Assert.Equal(tar, File.ReadAllBytes(gzip["p/a.tar"]));
        Assert.Equal(tar, ArchiveScenario.Unzstd(gzip["p/a.tar.zst"]));
        Assert.Equal(3, Command.RunnerUnder([], "extract", gzip.Image, "-", "--archive", gzip["p/a.tar"], "--archive", gzip["p/a.tar.zst"], "--mtree", gzip["p/a.mtree"], "--portable").ExitCode);
        Assert.Equal(["p/.a.tar.oci", "p/a.mtree", "p/a.tar", "p/a.tar.zst"], Directory.GetFiles(gzip["p"]).Select(f => Path.GetRelativePath(gzip.Place, f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_way_of_other_systems_refuses_a_directory_before_it_opens_the_image()
    {
        CommandResult portable = Command.RunnerUnder([], "extract", _s["absent.tar"], _s["p/tree"], "--portable");

        Assert.StartsWith("OCI7009", portable.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ArchiveMtime.Keep, 100, -5)]
    [InlineData(ArchiveMtime.Clamp, 50, -5)]
    [InlineData(ArchiveMtime.Set, 50, 50)]
    public void Times_are_kept_clamped_or_set(ArchiveMtime mtime, int ofA, int ofIn)
    {
        List<ArchiveEntry> entries = ArchiveEntry.Parse(_s.Tar(r => r with { SourceDateEpoch = 50, Archive = new ArchiveOptions { Mtime = mtime } }));

        Assert.Equal((ofA, ofIn), (entries.Single(static e => e.Name == "./a/").Mtime, entries.Single(static e => e.Name == "./locked/in").Mtime));
    }

    [Fact]
    public void A_time_is_clamped_with_its_fraction()
    {
        _s.With(Tars.Of(Tars.File("f", "x", mtime: 50) with { Nanoseconds = 5 }));

        Assert.Equal(50m, ArchiveEntry.Parse(_s.Tar(r => r with { SourceDateEpoch = 50, Archive = new ArchiveOptions { Mtime = ArchiveMtime.Clamp } }))[^1].Mtime);
    }

    [Fact]
    public void A_level_changes_the_size()
    {
        _s.Extract(r => r.OnlyArchives(_s["3.tar.zst"], _s["3.tar.gz"]));

        _s.Extract(r => r.OnlyArchives(_s["19.tar.zst"], _s["19.tar.gz"]) with { Archive = new ArchiveOptions { CompressionLevel = 19 } });

        Assert.True(new FileInfo(_s["19.tar.zst"]).Length < new FileInfo(_s["3.tar.zst"]).Length);
        Assert.True(new FileInfo(_s["19.tar.gz"]).Length < new FileInfo(_s["3.tar.gz"]).Length);
    }

    private static TarContent TarContentOf(int length)
    {
        byte[] content = new byte[length];
        uint x = 1;
        for (int i = 0; i < length; i++)
            content[i] = (byte)(((x = (x * 1103515245) + 12345) >> 16) % 11);
        return content;
    }
}
