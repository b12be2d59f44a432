using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Outputs.Archive;

namespace Oci.Rootfs.Tests.Own;

/// <summary>Own files, directories and symlinks on top of an image: where they land, and with which metadata.</summary>
public sealed class OwnFilesTests
{
    [Fact]
    public void A_file_has_its_place_its_content_its_mode_and_the_owner_root()
    {
        using OwnScenario s = new(Tars.Dir("opt"));

        Assert.Equal(["./opt/ 5 755 0:0", "./opt/a 0 644 0:0 own"], s.Tree(s.File_("/opt/a")));
    }

    [Fact]
    public void Directories_on_the_way_are_made_with_the_metadata_for_them()
    {
        using OwnScenario s = new(Tars.Dir("srv", "0700", 3, 4));

        Assert.Equal(
            ["./srv/ 5 700 3:4", "./srv/a/ 5 2750 7:8", "./srv/a/b/ 5 2750 7:8", "./srv/a/b/f 0 644 0:0 own"],
            s.Tree(s.File_("/srv/a/b/f") with { DirectoryMode = 0x5e8, DirectoryOwner = "7", DirectoryGroup = "8" }));
    }

    [Theory]
    [InlineData(0b111_100_100, "755")]
    [InlineData(0b110_100_100, "644")]
    [InlineData(0b100_001_001, "644")]
    [InlineData(0b111_111_111, "755")]
    public void Without_a_mode_the_right_to_execute_of_the_source_s_owner_decides(int source, string expected)
    {
        using OwnScenario s = new();
        string file = s.Source("f", "own", (UnixFileMode)source);

        Assert.Equal([$"./f 0 {expected} 0:0 own"], s.Tree(new OwnFileNode { Path = "/f", Source = file }));
    }

    [Fact]
    public void A_mode_may_have_all_twelve_bits()
    {
        using OwnScenario s = new();

        Assert.Equal(["./f 0 6555 0:0 own"], s.Tree(s.File_("/f") with { Mode = 0xd6d }));
    }

    [Fact]
    public void A_file_that_its_owner_may_not_read_is_in_the_archive()
    {
        using OwnScenario s = new();

        Assert.Equal(["./f 0 0 0:0 own"], s.Tree(s.File_("/f") with { Mode = 0 }));
    }

    [Fact]
    public void The_time_is_the_epoch_or_the_one_given_and_never_the_source_s()
    {
        using OwnScenario s = new(Tars.Dir("old", mtime: 5));
        s.Own = new OwnFiles { Nodes = [s.File_("/new/f"), s.File_("/g") with { Mtime = 77 }, OwnScenario.Link("/l", "f"), OwnScenario.Dir("/d"), OwnScenario.Dir("/old")] };

        List<ArchiveEntry> entries = ArchiveEntry.Parse(s.Scenario.Tar(r => s.With(r) with { SourceDateEpoch = 1000 }));

        Assert.Equal(["./d/ 1000", "./g 77", "./l 1000", "./new/ 1000", "./new/f 1000", "./old/ 5"], entries.Skip(1).Select(static e => $"{e.Name} {e.Mtime}"));
    }

    [Fact]
    public void A_link_on_the_way_is_followed_inside_the_tree()
    {
        using OwnScenario s = new(Tars.Symlink("bin", "usr/bin"), Tars.Dir("usr/bin"), Tars.Symlink("abs", "/usr/bin"), Tars.Symlink("up", "../../../usr"));

        Assert.Equal(
            ["./abs 2 777 0:0 /usr/bin", "./bin 2 777 0:0 usr/bin", "./up 2 777 0:0 ../../../usr", "./usr/ 5 755 0:0", "./usr/bin/ 5 755 0:0", "./usr/bin/x 0 644 0:0 x", "./usr/bin/y 0 644 0:0 y", "./usr/z 0 644 0:0 z"],
            s.Tree(s.File_("/bin/x", "x"), s.File_("/abs/y", "y"), s.File_("/up/z", "z")));
    }

    [Fact]
    public void A_link_that_leads_nowhere_gets_its_directory()
    {
        using OwnScenario s = new(Tars.Symlink("data", "srv/data"));

        Assert.Equal(
            ["./data 2 777 0:0 srv/data", "./srv/ 5 755 0:0", "./srv/data/ 5 755 0:0", "./srv/data/f 0 644 0:0 own"],
            s.Tree(s.File_("/data/f")));
    }

    [Fact]
    public void A_file_takes_the_place_of_a_file_a_link_a_device_and_an_empty_directory()
    {
        using OwnScenario s = new(Tars.File("a", "image"), Tars.Symlink("b", "a"), Tars.CharDevice("c", 1, 3), Tars.Dir("d", "0700"), Tars.Hardlink("e", "a"));

        Assert.Equal(
            ["./a 0 644 0:0 1", "./b 0 644 0:0 2", "./c 0 644 0:0 3", "./d 0 644 0:0 4", "./e 0 644 0:0 image"],
            s.Tree(s.File_("/a", "1"), s.File_("/b", "2"), s.File_("/c", "3"), s.File_("/d", "4")));
    }

    [Fact]
    public void A_directory_of_the_image_changes_only_in_what_is_given()
    {
        using OwnScenario s = new(
            Tars.Dir("a", "0700", 3, 4) with { Xattrs = [Tars.Xattr("user.x", "y"u8.ToArray())] }, Tars.Dir("b", "0700", 3, 4), Tars.Dir("c", "0700", 3, 4), Tars.Symlink("l", "c"));

        Assert.Equal(
            ["./a/ 5 1777 3:4", "./b/ 5 700 9:9", "./c/ 5 700 3:8", "./l 2 777 0:0 c"],
            s.Tree(OwnScenario.Dir("/a") with { Mode = 0x3ff }, OwnScenario.Dir("/b") with { Owner = "9" }, OwnScenario.Dir("/l") with { Group = "8" }));
        Assert.Equal("y", ArchiveEntry.Parse(File.ReadAllBytes(s.Scenario["with.tar"])).Single(static e => e.Name == "./a/").Record("SCHILY.xattr.user.x"));
    }

    [Fact]
    public void The_root_can_get_a_mode()
    {
        using OwnScenario s = new();
        s.Own = new OwnFiles { Nodes = [OwnScenario.Dir("/") with { Mode = 0x16d }] };

        Assert.Equal(0x16d, ArchiveEntry.Parse(s.Scenario.Tar(s.With))[0].Mode);
    }

    [Theory]
    [InlineData("/srv", "/srv/data")]
    [InlineData("/srv/data", "/srv")]
    public void A_directory_s_own_item_decides_in_any_order(string first, string second)
    {
        using OwnScenario s = new();
        OwnDirectoryNode Of(string path) => OwnScenario.Dir(path) with { Owner = path == "/srv" ? "1" : "2", DirectoryMode = 0x1c0 };

        Assert.Equal(["./srv/ 5 755 1:1", "./srv/data/ 5 755 2:2"], s.Tree(Of(first), Of(second)));
    }

    [Fact]
    public void Directories_come_before_files_and_files_before_symlinks_whatever_the_order_of_items()
    {
        using OwnScenario s = new();

        Assert.Equal(
            ["./d/ 5 700 0:0", "./d/f 0 644 0:0 own", "./l 2 777 5:5 d"],
            s.Tree(OwnScenario.Link("/l", "d") with { Owner = "5" }, s.File_("/d/f"), OwnScenario.Dir("/d") with { Mode = 0x1c0 }));
    }

    [Fact]
    public void Of_two_with_one_path_the_later_one_counts_and_a_message_says_so()
    {
        using OwnScenario s = new(Tars.Symlink("bin", "usr/bin"));

        Assert.Equal(
            ["./a 0 644 0:0 2", "./bin 2 777 0:0 usr/bin", "./usr/ 5 755 0:0", "./usr/bin/ 5 755 0:0", "./usr/bin/x 0 644 0:0 4"],
            s.Tree(s.File_("/a", "1"), s.File_("//./a/", "2"), s.File_("/usr/bin/x", "3"), s.File_("/bin/x", "4")));
        Assert.Contains(s.Scenario.Messages, static m => m.Text == "The project adds '/a' more than once: the last one counts.");
        Assert.Contains(s.Scenario.Messages, static m => m.Text == "The project adds '/bin/x' more than once: the last one counts.");
    }

    [Fact]
    public void The_source_of_a_file_that_does_not_count_is_not_even_looked_for()
    {
        using OwnScenario s = new();

        Assert.Equal(["./a 0 644 0:0 own"], s.Tree(new OwnFileNode { Path = "/a", Source = s.Scenario["absent"] }, s.File_("/a")));
    }

    [Fact]
    public void A_source_may_be_a_link_and_may_be_used_twice()
    {
        using OwnScenario s = new();
        string source = s.Source("real", "content");
        File.CreateSymbolicLink(s.Scenario["sources/link"], "real");

        Assert.Equal(["./a 0 644 0:0 content", "./b 0 644 0:0 content"], s.Tree(new OwnFileNode { Path = "/a", Source = s.Scenario["sources/link"] }, new OwnFileNode { Path = "/b", Source = source }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65536)]
    [InlineData(65537)]
    [InlineData(5_000_000)]
    public void A_source_of_any_length_arrives_whole(int length)
    {
        using OwnScenario s = new();
        byte[] content = new byte[length];
        new Random(length).NextBytes(content.AsSpan(0, length / 2));
        string source = s.Source("f");
        File.WriteAllBytes(source, content);
        s.Own = new OwnFiles { Nodes = [new OwnFileNode { Path = "/f", Source = source }] };

        Assert.Equal(content, ArchiveEntry.Parse(s.Scenario.Tar(s.With))[^1].Content);
        s.Scenario.Extract(s.With);
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(s.Scenario.Rootfs, "f")));
    }

    [Fact]
    public void The_record_and_the_directory_have_them()
    {
        using OwnScenario s = new(Tars.Dir("etc"));
        s.Own = new OwnFiles { Nodes = [s.File_("/etc/app.conf", "x=1") with { Mode = 0x1a0, Owner = "12", Group = "34" }] };

        s.Scenario.Extract(s.With);

        Assert.Equal("x=1", s.Scenario.Read("etc/app.conf"));
        Assert.Contains(File.ReadAllLines(s.Scenario.Record), static l => l.Contains("./etc/app.conf", StringComparison.Ordinal) && l.Contains("uid=12", StringComparison.Ordinal) && l.Contains("gid=34", StringComparison.Ordinal) && l.Contains("mode=0640", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/.")]
    [InlineData("/a/../b")]
    [InlineData("/..")]
    [InlineData("/a\nb")]
    [InlineData("/a\u0001")]
    [InlineData("/a\u0085")]
    [InlineData("/.wh.a")]
    [InlineData("/.wh.a/b")]
    public void A_path_that_can_not_be_is_an_error(string path)
    {
        using OwnScenario s = new();

        Assert.Equal("OCI6402", s.Fails(s.File_(path)).Code);
    }

    [Fact]
    public void Half_of_a_pair_of_surrogates_is_no_text_for_a_path()
    {
        using OwnScenario s = new();
        string half = "/" + (char)0xd800;

        Assert.Equal("OCI6402", s.Fails(s.File_(half)).Code);
        Assert.Equal("OCI6412", s.Fails(OwnScenario.Link("/l", half)).Code);
        Assert.Equal("OCI6404", s.Fails(s.File_("/f") with { Owner = half }).Code);
    }

    [Theory]
    [InlineData(255, null)]
    [InlineData(256, "OCI6402")]
    public void A_name_has_at_most_255_bytes(int length, string? code)
    {
        using OwnScenario s = new();
        OwnFileNode node = s.File_("/" + new string('é', length / 2) + new string('a', length % 2));

        Assert.Equal(code, code is null ? s.Tree(node).Count == 1 ? null : "" : s.Fails(node).Code);
    }

    [Fact]
    public void A_file_never_replaces_a_directory_with_something_in_it()
    {
        using OwnScenario s = new(Tars.Dir("d"), Tars.File("d/f", "x"));

        Assert.Equal("OCI6410", s.Fails(s.File_("/d")).Code);
        Assert.Equal("OCI6410", s.Fails(OwnScenario.Link("/d", "elsewhere")).Code);
    }

    [Fact]
    public void A_way_through_a_file_or_a_loop_is_an_error()
    {
        using OwnScenario s = new(Tars.File("f", "x"), Tars.Symlink("to-f", "f"), Tars.Symlink("l1", "l2"), Tars.Symlink("l2", "l1"));

        foreach (string path in (string[])["/f/x", "/to-f/x", "/l1/x"])
            Assert.Equal("OCI6411", s.Fails(s.File_(path)).Code);
        foreach (string path in (string[])["/f", "/to-f", "/l1", "/f/d"])
            Assert.Equal("OCI6411", s.Fails(OwnScenario.Dir(path)).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    public void A_link_without_a_possible_target_is_an_error(string target)
    {
        using OwnScenario s = new();

        Assert.Equal("OCI6412", s.Fails(OwnScenario.Link("/l", target)).Code);
        Assert.Equal("OCI6412", s.Fails(OwnScenario.Link("/l", new string('x', 4096))).Code);
    }

    [Fact]
    public void A_source_that_is_missing_a_directory_a_FIFO_or_a_device_is_an_error_and_nobody_waits_for_it()
    {
        using OwnScenario s = new();
        Directory.CreateDirectory(s.Scenario["sources/dir"]);
        Assert.Equal(0, Extraction.Command.Run("mkfifo", [s.Scenario["sources/fifo"]]).ExitCode);

        OciException Failure(string source) => s.Fails(new OwnFileNode { Path = "/f", Source = source });

        Assert.Equal("OCI6406", Failure(s.Scenario["sources/absent"]).Code);
        Assert.Equal(("OCI6407", "a directory"), (Failure(s.Scenario["sources/dir"]).Code, Failure(s.Scenario["sources/dir"]).Found));
        Assert.Equal(("OCI6407", "a FIFO"), (Failure(s.Scenario["sources/fifo"]).Code, Failure(s.Scenario["sources/fifo"]).Found));
        Assert.Equal("OCI6407", Failure("/dev/zero").Code);
    }

    [Fact]
    public void A_source_that_may_not_be_read_is_an_error()
    {
        Assert.SkipWhen(Extraction.Command.IsRoot, "root reads everything");
        using OwnScenario s = new();

        Assert.Equal("OCI6408", s.Fails(new OwnFileNode { Path = "/f", Source = s.Source("f", "x", UnixFileMode.None) }).Code);
    }
}
