using System.Text;
using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;
using Oci.Rootfs.Tests.Outputs.Archive;

namespace Oci.Rootfs.Tests.Own;

/// <summary>Own files are part of the keys of trees and archives, by their contents and metadata.</summary>
public sealed class OwnKeyTests : IDisposable
{
    private readonly OwnScenario _s = new(Tars.Dir("opt"), Tars.File("etc/passwd", "app:x:1:2:::"), Tars.File("doc", "x"));
    private readonly string _source;

    public OwnKeyTests()
    {
        _source = _s.Source("f", "content");
        _s.Own = new OwnFiles { Nodes = [new OwnFileNode { Path = "/opt/f", Source = _source }, OwnScenario.Dir("/d"), OwnScenario.Link("/l", "d")] };
    }

    public void Dispose() => _s.Dispose();

    private RootfsRequest Tree(RootfsRequest request) => _s.With(request);

    private RootfsRequest Archive(RootfsRequest request) => _s.With(request.OnlyArchives(_s.Scenario.Archive()));

    /// <summary>Whether the tree, and the archive without one, were made anew.</summary>
    private (bool Tree, bool Archive) Made() => (_s.Scenario.Extract(Tree).Extracted, _s.Scenario.Extract(Archive).Extracted);

    [Fact]
    public void A_second_build_has_nothing_to_do()
    {
        Assert.Equal((true, true), Made());
        IReadOnlyList<string> before = _s.Scenario.Snapshot();

        Assert.Equal((false, false), Made());

        Assert.Equal(before, _s.Scenario.Snapshot());
        Assert.False(_s.Scenario.Extract(r => Tree(r) with { FailIfNotUpToDate = true }).Extracted);
    }

    [Fact]
    public void A_touched_source_changes_nothing()
    {
        Made();
        File.SetLastWriteTimeUtc(_source, DateTime.UnixEpoch);

        Assert.Equal((false, false), Made());
    }

    [Fact]
    public void Another_content_of_the_same_length_and_time_is_seen()
    {
        File.SetLastWriteTimeUtc(_source, DateTime.UnixEpoch);
        Made();
        File.WriteAllText(_source, "CONTENT");
        File.SetLastWriteTimeUtc(_source, DateTime.UnixEpoch);

        Assert.Equal((true, true), Made());
        Assert.Equal("CONTENT", _s.Scenario.Read("opt/f"));
    }

    [Fact]
    public void A_source_that_becomes_executable_is_seen()
    {
        Made();
        File.SetUnixFileMode(_source, (UnixFileMode)0b111_101_101);

        Assert.Equal((true, true), Made());
    }

    [Fact]
    public void The_order_of_items_with_different_paths_and_another_place_of_a_source_change_what_is_asked_but_not_what_is_made()
    {
        _s.Scenario.Extract(Tree);
        string copy = _s.Source("elsewhere/g", "content");
        _s.Own = _s.Own with { Nodes = [_s.Own.Nodes[0] is OwnFileNode f ? f with { Source = copy } : null!, .. _s.Own.Nodes.Skip(1)] };

        Assert.False(_s.Scenario.Extract(Tree).Extracted);
    }

    public static TheoryData<string> Changes => ["Path", "Mode", "Owner", "OwnerName", "Group", "Mtime", "DirectoryMode", "DirectoryOwner", "DirectoryGroup", "Target", "Remove", "Keep", "Less", "Nothing", "Kind"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void Every_change_of_what_is_asked_for_is_seen(string change)
    {
        _s.Own = _s.Own with { Remove = ["/nothing"] };
        Made();
        OwnFileNode file = (OwnFileNode)_s.Own.Nodes[0];
        OwnFiles With(OwnNode node) => _s.Own with { Nodes = [node, .. _s.Own.Nodes.Skip(1)] };

        _s.Own = change switch
        {
            "Path" => With(file with { Path = "/opt/g" }),
            "Mode" => With(file with { Mode = 0x1c0 }),
            "Owner" => With(file with { Owner = "7" }),
            "OwnerName" => With(file with { Owner = "app" }),
            "Group" => With(file with { Group = "7" }),
            "Mtime" => With(file with { Mtime = 1 }),
            "DirectoryMode" => With(file with { DirectoryMode = 0x1c0 }),
            "DirectoryOwner" => With(file with { DirectoryOwner = "1" }),
            "DirectoryGroup" => With(file with { DirectoryGroup = "1" }),
            "Target" => _s.Own with { Nodes = [.. _s.Own.Nodes.SkipLast(1), OwnScenario.Link("/l", "e")] },
            "Kind" => _s.Own with { Nodes = [.. _s.Own.Nodes.SkipLast(1), OwnScenario.Dir("/l")] },
            "Remove" => _s.Own with { Remove = ["/doc"] },
            "Keep" => _s.Own with { Keep = ["/doc"] },
            "Less" => _s.Own with { Nodes = [.. _s.Own.Nodes.Skip(1)] },
            _ => new OwnFiles(),
        };

        Assert.Equal((true, true), Made());
        Assert.Equal((false, false), Made());
    }

    [Fact]
    public void An_image_without_own_files_has_the_key_that_it_always_had()
    {
        _s.Scenario.Extract();
        _s.Own = new OwnFiles();

        Assert.False(_s.Scenario.Extract(Tree).Extracted);
    }

    [Fact]
    public void An_own_file_that_is_no_longer_asked_for_is_gone()
    {
        Made();
        _s.Own = _s.Own with { Nodes = [.. _s.Own.Nodes.Skip(1)] };

        Made();

        Assert.False(File.Exists(Path.Combine(_s.Scenario.Rootfs, "opt/f")));
        Assert.DoesNotContain(ArchiveEntry.Parse(File.ReadAllBytes(_s.Scenario.Archive())), static e => e.Name == "./opt/f");
    }

    [Theory]
    [InlineData("CONTENT")]
    [InlineData("longer than before")]
    [InlineData("less")]
    [InlineData("")]
    public void A_source_that_changes_during_the_build_is_an_error_and_nothing_is_published(string content)
    {
        foreach (Func<RootfsRequest, RootfsRequest> request in (Func<RootfsRequest, RootfsRequest>[])[Tree, Archive])
        {
            File.WriteAllText(_source, "content");

            OciException error = _s.Scenario.Fails(r => request(r) with { Log = message => Change(message, content) });

            Assert.Equal("OCI6409", error.Code);
            _s.Scenario.ShouldHaveNoLitter();
        }
        Assert.False(Directory.Exists(_s.Scenario.Rootfs));
        Assert.False(File.Exists(_s.Scenario.Archive()));
    }

    private void Change(RootfsMessage message, string content)
    {
        if (message.Text.StartsWith("Reading layer", StringComparison.Ordinal))
            File.WriteAllText(_source, content);
    }

    [Fact]
    public void A_build_with_nothing_to_do_reads_no_source_and_one_that_finds_the_cache_wrong_forgets_it()
    {
        Made();
        string right = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("content"u8));
        string cache = File.ReadAllText(_s.Cache);
        Assert.Contains(right, cache, StringComparison.Ordinal);
        File.WriteAllText(_s.Cache, cache.Replace(right, new string('0', 64), StringComparison.Ordinal));

        Assert.Equal("OCI6409", _s.Scenario.Fails(Tree).Code);

        Assert.False(File.Exists(_s.Cache));
        Assert.Equal((false, false), Made());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"format\":1}")]
    [InlineData("{\"format\":1,\"list\":5,\"files\":[]}")]
    [InlineData("{\"format\":1,\"list\":\"CACHE\",\"files\":[{}]}")]
    [InlineData("{\"format\":1,\"list\":\"CACHE\",\"files\":[{\"path\":\"SOURCE\",\"digest\":\"00\"}]}")]
    public void A_cache_that_is_none_counts_as_absent(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_s.Cache)!);
        File.WriteAllText(_s.Cache, text.Replace("CACHE", _s.Cache, StringComparison.Ordinal).Replace("SOURCE", _source, StringComparison.Ordinal));

        Assert.Equal((true, true), Made());
        Assert.Equal((false, false), Made());
    }

    [Fact]
    public void A_cache_that_others_can_write_is_not_believed()
    {
        Made();
        File.WriteAllText(_s.Cache, File.ReadAllText(_s.Cache).Replace(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("content"u8)), new string('0', 64), StringComparison.Ordinal));
        File.SetUnixFileMode(_s.Cache, (UnixFileMode)0b110_110_110);

        Assert.Equal((false, false), Made());
    }

    [Fact]
    public void A_cache_that_can_not_be_written_stops_no_build()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_s.Cache)!);
        Directory.CreateDirectory(Path.Combine(_s.Cache, "in the way"));

        Assert.Equal((true, true), Made());
        Assert.Equal((false, false), Made());
    }

    [Fact]
    public void The_question_whether_all_is_up_to_date_writes_nothing()
    {
        Assert.Equal("OCI7004", _s.Scenario.Fails(r => Tree(r) with { FailIfNotUpToDate = true }).Code);

        Assert.False(File.Exists(_s.Cache));
    }

    [Fact]
    public void The_cache_forgets_files_that_are_gone()
    {
        Made();
        File.Delete(_source);
        _s.Own = new OwnFiles { Nodes = [_s.File_("/g")] };

        Made();

        // In quotes: the name of the other source is random and may begin with this one's.
        Assert.DoesNotContain($"\"{_source}\"", File.ReadAllText(_s.Cache), StringComparison.Ordinal);
    }

    [Fact]
    public void An_ordinary_user_and_the_way_of_other_systems_make_the_same_archive()
    {
        _s.Own = new OwnFiles { Nodes = [new OwnFileNode { Path = "/opt/a/f", Source = _source, Owner = "app" }], Remove = ["/doc"] };
        byte[] tar = _s.Scenario.Tar(_s.With);
        string[] own = ["--own-file", "/opt/a/f=" + _source, "--own-owner", "app", "--remove-path", "/doc"];

        foreach (string mode in (string[])["user", "portable"])
        {
            string archive = _s.Scenario[mode + "/a.tar"];
            string[] arguments = ["extract", _s.Scenario.Image, "-", "--archive", archive, "--own-cache", _s.Scenario[mode + "/own.json"], .. own, .. mode == "portable" ? new[] { "--portable" } : []];
            CommandResult made = Command.RunnerUnder([.. mode == "user" ? Command.AsUser : [], "sh", "-c", "umask 077; exec \"$@\"", "sh"], arguments);

            Assert.Equal((0, ""), (made.ExitCode, made.Error));
            Assert.Equal(tar, File.ReadAllBytes(archive));
            Assert.Equal(3, Command.RunnerUnder(mode == "user" ? Command.AsUser : [], arguments).ExitCode);
        }
        Assert.True(File.Exists(_s.Scenario["user/own.json"]));
        Assert.False(File.Exists(_s.Scenario["portable/own.json"]));
    }

    [Fact]
    public void An_ordinary_user_s_directory_has_the_files_and_the_record_has_their_owners()
    {
        CommandResult made = _s.Scenario.ExtractAsUser("--own-file", "/opt/a/f=" + _source, "--own-owner", "app");

        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        Assert.Equal("content", _s.Scenario.Read("opt/a/f"));
        Assert.Contains(File.ReadAllLines(_s.Scenario.Record), static l => l.Contains("/opt/a/f", StringComparison.Ordinal) && l.Contains("uid=1", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_platform_gets_them()
    {
        ImageLayout.Of(Image.Of(Tars.Of(Tars.File("f", "x"))).For("linux/amd64"), Image.Of(Tars.Of(Tars.File("g", "x"))).For("linux/arm64")).SaveArchive(_s.Scenario.Image);

        IReadOnlyList<RootfsExtraction> made = RootfsExtractor.ExtractAll(_s.With(_s.Scenario.Request) with { Platform = "all" }, TestContext.Current.CancellationToken);

        Assert.Equal(2, made.Count);
        Assert.All(made, e => Assert.Equal("content", File.ReadAllText(Path.Combine(e.Request.RootfsDirectory!, "opt/f"), Encoding.UTF8)));
    }
}
