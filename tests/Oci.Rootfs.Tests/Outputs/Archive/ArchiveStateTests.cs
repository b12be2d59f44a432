using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Outputs.Archive;

/// <summary>An archive that stands and is wanted as it is is not written again; any other is.</summary>
public sealed class ArchiveStateTests : IDisposable
{
    private readonly Scenario _s = new();

    public ArchiveStateTests() => _s.With(Tars.Of(Tars.File("f", "content")));

    public void Dispose() => _s.Dispose();

    private string Tar => _s["out/image.tar"];

    private RootfsResult Both() => _s.Extract(r => r.AndArchives(Tar));

    private RootfsResult Alone(params string[] more) => _s.Extract(r => r.OnlyArchives([Tar, .. more]));

    private static string Digest(string path) => "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));

    private static ulong Inode(string path) => ulong.Parse(Command.Run("stat", "-c", "%i", path).Output, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void The_result_names_each_archive_with_its_digest_and_length()
    {
        RootfsResult made = Alone(_s["out/image.tar.zst"]), found = Alone(_s["out/image.tar.zst"]);

        Assert.Equal([new(Tar, Digest(Tar), new FileInfo(Tar).Length), new(_s["out/image.tar.zst"], Digest(_s["out/image.tar.zst"]), new FileInfo(_s["out/image.tar.zst"]).Length)], made.Archives);
        Assert.Equal((true, false), (made.Extracted, found.Extracted));
        Assert.Equal(made.Archives, found.Archives);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_written_where_nothing_changed(bool withDirectory)
    {
        _ = withDirectory ? Both() : Alone();
        IReadOnlyList<string> before = _s.Snapshot();

        Assert.False((withDirectory ? Both() : Alone()).Extracted);

        Assert.Equal(before, _s.Snapshot());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_archive_that_is_gone_is_written_again_and_the_tree_left_alone(bool withDirectory)
    {
        _ = withDirectory ? Both() : Alone();
        byte[] bytes = File.ReadAllBytes(Tar);
        string? tree = withDirectory ? string.Join('\n', DiskTree.Snapshot(_s.Rootfs)) : null;
        File.Delete(Tar);

        Assert.True((withDirectory ? Both() : Alone()).Extracted);

        Assert.Equal(bytes, File.ReadAllBytes(Tar));
        Assert.Equal(tree, withDirectory ? string.Join('\n', DiskTree.Snapshot(_s.Rootfs)) : null);
        Assert.False((withDirectory ? Both() : Alone()).Extracted);
    }

    [Fact]
    public void A_tree_that_is_gone_is_made_again_and_the_archive_left_alone()
    {
        Both();
        ulong inode = Inode(Tar);
        Directory.Delete(_s.Rootfs, recursive: true);

        Assert.True(Both().Extracted);

        Assert.Equal(inode, Inode(Tar));
        Assert.Single(Both().Archives);
        Assert.False(Both().Extracted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_archive_with_other_bytes_of_the_same_length_is_written_again(bool withDirectory)
    {
        _ = withDirectory ? Both() : Alone();
        byte[] bytes = File.ReadAllBytes(Tar);
        File.WriteAllBytes(Tar, [.. bytes[..^1], 1]);

        Assert.True((withDirectory ? Both() : Alone()).Extracted);

        Assert.Equal(bytes, File.ReadAllBytes(Tar));
    }

    [Fact]
    public void An_archive_that_was_copied_to_its_place_is_known_by_its_digest()
    {
        Alone();
        File.Copy(Tar, Tar + ".copy");
        File.Delete(Tar);
        File.Move(Tar + ".copy", Tar);
        File.SetLastWriteTimeUtc(Tar, DateTime.UnixEpoch);
        ulong inode = Inode(Tar);

        Assert.False(Alone().Extracted);

        Assert.Equal(inode, Inode(Tar));
    }

    [Fact]
    public void Another_image_at_the_same_place_is_another_archive()
    {
        string digest = Alone().Archives[0].Digest;

        _s.With(Tars.Of(Tars.File("f", "changed")));

        Assert.NotEqual(digest, Alone().Archives[0].Digest);
    }

    [Fact]
    public void A_second_archive_is_written_beside_the_first_one_which_stays()
    {
        Alone();
        ulong inode = Inode(Tar);

        Assert.True(Alone(_s["out/image.tar.zst"]).Extracted);

        Assert.Equal(inode, Inode(Tar));
        Assert.Equal(File.ReadAllBytes(Tar), ArchiveScenario.Unzstd(_s["out/image.tar.zst"]));
    }

    [Theory]
    [InlineData("level")]
    [InlineData("mtime")]
    [InlineData("holes")]
    public void A_changed_option_writes_the_archive_again_and_leaves_the_tree(string option)
    {
        Both();
        IReadOnlyList<string> tree = DiskTree.Snapshot(_s.Rootfs);
        ArchiveOptions changed = option switch
        {
            "level" => new ArchiveOptions { CompressionLevel = 9 },
            "mtime" => new ArchiveOptions { Mtime = ArchiveMtime.Set },
            _ => new ArchiveOptions { HoleThreshold = 5 },
        };

        Assert.True(_s.Extract(r => r.AndArchives(Tar) with { Archive = changed }).Extracted);

        Assert.Equal(tree, DiskTree.Snapshot(_s.Rootfs));
    }

    [Fact]
    public void A_question_is_answered_without_touching_anything()
    {
        IReadOnlyList<string> before = _s.Snapshot();

        Assert.Equal("OCI7004", _s.Fails(r => r.OnlyArchives(Tar) with { FailIfNotUpToDate = true }).Code);

        Assert.Equal(before, _s.Snapshot());
        Alone();
        Assert.False(_s.Extract(r => r.OnlyArchives(Tar) with { FailIfNotUpToDate = true }).Extracted);
    }

    [Fact]
    public void Clean_removes_archives_documents_and_state_and_nothing_else()
    {
        _s.Extract(r => r.OnlyArchives(Tar).With(OutputKind.Mtree, _s["out/image.mtree"]));
        File.WriteAllText(_s["out/mine"], "");
        File.WriteAllText(_s["out/.image.tar.oci-new"], "of a killed build");

        Assert.True(RootfsExtractor.CleanArchives([Tar], [Tar, _s["out/image.mtree"]], cancellation: TestContext.Current.CancellationToken));

        Assert.Equal([_s["out/mine"]], Directory.GetFiles(_s["out"]));
        Assert.False(RootfsExtractor.CleanArchives([Tar], [Tar], cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Clean_removes_no_file_that_only_the_state_names()
    {
        File.WriteAllText(_s["mine"], "");
        Alone();
        string state = _s["out/.image.tar.oci"];
        File.WriteAllText(state, File.ReadAllText(state).Replace("out/image.tar", "mine", StringComparison.Ordinal));

        RootfsExtractor.CleanArchives([Tar], [Tar], cancellation: TestContext.Current.CancellationToken);

        Assert.True(File.Exists(_s["mine"]));
    }

    [Fact]
    public void A_link_in_the_place_of_the_state_is_not_followed()
    {
        Directory.CreateDirectory(_s["out"]);
        File.WriteAllText(_s["victim"], "precious");
        File.CreateSymbolicLink(_s["out/.image.tar.oci"], _s["victim"]);

        OciException error = _s.Fails(r => r.OnlyArchives(Tar));
        CommandResult portable = Command.RunnerUnder([], "extract", _s.Image, "-", "--archive", Tar, "--portable");

        Assert.Equal(("OCI5010", "OCI5010"), (error.Code, portable.Error[..7]));
        Assert.Equal("precious", File.ReadAllText(_s["victim"]));
        Assert.False(File.Exists(Tar));
    }

    [Theory]
    [InlineData("image.rar")]
    [InlineData("image")]
    [InlineData(".tar")]
    [InlineData("image.tar.xz")]
    public void Another_ending_is_an_error_that_lists_those_there_are(string name)
    {
        OciException error = _s.Fails(r => r.OnlyArchives(_s[name]));

        Assert.Equal(("OCI6301", "a name that ends in one of .tar, .tar.zst, .tar.gz, .wsl"), (error.Code, error.Expected));
    }

    [Fact]
    public void Neither_a_directory_nor_an_archive_is_an_error() => Assert.Equal("OCI6306", _s.Fails(static r => r.OnlyArchives()).Code);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_tar_that_grows_too_large_is_an_error_and_leaves_what_was(bool withDirectory)
    {
        _ = withDirectory ? Both() : Alone();
        byte[] bytes = File.ReadAllBytes(Tar);
        _s.With(Tars.Of(Tars.Sparse("f", TarSparseForm.Pax10, 3 << 20, (5, "x"))));
        RootfsLimits limits = new() { MaxRootfsArchiveBytes = 1 << 20 };

        OciException error = _s.Fails(r => (withDirectory ? r.AndArchives(Tar) : r.OnlyArchives(Tar)) with { Limits = limits });

        Assert.Equal("OCI6302", error.Code);
        Assert.Equal(bytes, File.ReadAllBytes(Tar));
        _s.ShouldHaveNoLitter();
        Assert.Equal(withDirectory, Directory.Exists(_s.Rootfs) && _s.Read("f") == "content");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_directory_in_the_place_of_one_archive_is_an_error_and_leaves_no_other(bool withDirectory)
    {
        Directory.CreateDirectory(Path.Combine(Tar, "mine"));
        string[] archives = [_s["out/first.tar.zst"], Tar];

        OciException error = _s.Fails(r => withDirectory ? r.AndArchives(archives) : r.OnlyArchives(archives));

        Assert.Equal("OCI5011", error.Code);
        Assert.True(Directory.Exists(Path.Combine(Tar, "mine")));
        _s.ShouldHaveNoLitter();
        Assert.False(Directory.Exists(_s.Rootfs));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_first_build_that_fails_leaves_no_state(bool portable)
    {
        _s.With(Tars.Of(Tars.File("../f")));
        string[] switches = portable ? ["--portable"] : [];

        CommandResult failed = Command.RunnerUnder([], ["extract", _s.Image, "-", "--archive", _s["new/image.tar"], .. switches]);

        Assert.StartsWith("OCI4", failed.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_s["new"]));
    }

    [Fact]
    public void Attributes_that_many_links_give_one_file_stay_within_what_a_header_may_hold()
    {
        byte[] value = new byte[30_000];
        _s.With(Tars.Of([Tars.File("f", "x"), .. Enumerable.Range(0, 20).Select(i => Tars.Hardlink($"l{i}", "f") with { Xattrs = [Tars.Xattr($"user.{i}", value)] })]));

        OciException error = _s.Fails(r => r.OnlyArchives(Tar) with { Limits = new RootfsLimits { MaxTarHeaderBytes = 100_000 } });

        Assert.Equal("OCI4201", error.Code);
    }

    [Fact]
    public void A_file_that_upper_layers_hide_and_link_is_in_the_archive()
    {
        _s.With(Tars.Of(Tars.File("d/f", "lower")), Tars.Of(Tars.Hardlink("kept", "d/f"), Tars.Whiteout("d")));

        ArchiveEntry entry = ArchiveEntry.Parse(_s.Tar())[^1];

        Assert.Equal(("./kept", "lower"), (entry.Name, System.Text.Encoding.ASCII.GetString(entry.Content)));
    }

    [Fact]
    public void A_content_that_was_guessed_away_is_fetched_in_a_second_pass()
    {
        // The upper link leads to where the lower file really is.
        _s.With(Tars.Of(Tars.File("real/f", "lower"), Tars.Symlink("link", "real")), Tars.Of(Tars.File("real/f/x"), Tars.Whiteout("real/f/x")), Tars.Of(Tars.Hardlink("kept", "link/f")));

        Exception? failure = Record.Exception(() => _s.Tar());

        Assert.True(failure is null or OciException, failure?.ToString());
    }
}
