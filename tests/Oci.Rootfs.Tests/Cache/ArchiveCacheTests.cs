using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Cache;

public sealed class ArchiveCacheTests : IDisposable
{
    private static readonly Image A = Image.Of(Of(File("a", "one"))).For(null);
    private static readonly Image B = Image.Of(Of(File("b", "two"))).For(null);

    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    private string Cache => _s["obj/cache"];

    private string[] Unpacked => Directory.Exists(Cache) ? Directory.GetFiles(Cache, "*.tar") : [];

    private bool WasUnpacked => _s.Messages.Any(static m => m.Text.StartsWith("Unpacking", StringComparison.Ordinal));

    private void Save(byte[] archive, string? path = null) => System.IO.File.WriteAllBytes(path ?? _s.Image, archive);

    private RootfsResult Extract(Func<RootfsRequest, RootfsRequest>? change = null)
    {
        _s.Messages.Clear();
        return _s.Extract(r => (change ?? (static x => x))(r with { CacheDirectory = Cache }));
    }

    private OciException Fails(RootfsLimits? limits = null) => Assert.Throws<OciException>(() => Extract(r => r with { Limits = limits ?? r.Limits }));

    private static byte[] Gzip(Image image) => ImageLayer.GzipOf(image.ToLayout().ToArchive());

    public static TheoryData<string> Compressions => ["gzip", "gzip members", "zstd", "bzip2", "bzip2 streams"];

    private static byte[] Compress(string how, byte[] data) => how switch
    {
        "gzip" => ImageLayer.GzipOf(data),
        "gzip members" => ImageLayer.GzipOf(data, 3),
        "zstd" => ImageLayer.ZstdOf(data),
        "bzip2" => ImageLayer.Bzip2Of(data),
        _ => ImageLayer.Bzip2Of(data, 3),
    };

    [Theory]
    [MemberData(nameof(Compressions))]
    public void An_archive_compressed_as_a_whole_is_read_whatever_its_name(string how)
    {
        Save(Compress(how, A.ToLayout().ToArchive()));
        Extract();
        Assert.Equal("one", _s.Read("a"));
        Assert.Single(Unpacked);
    }

    [Fact]
    public void A_compressed_docker_archive_is_read_too()
    {
        Save(ImageLayer.GzipOf(Of(ImageDockerArchive.Entries(DockerForm.Legacy, A))));
        Extract();
        Assert.Equal("one", _s.Read("a"));
    }

    [Fact]
    public void The_next_build_neither_unpacks_the_archive_nor_reads_it()
    {
        Save(Gzip(A));
        Extract();
        Assert.True(WasUnpacked);
        string unpacked = Assert.Single(Unpacked);
        IReadOnlyList<string> before = DiskTree.Snapshot(Cache);

        Assert.False(Extract().Extracted);

        Assert.False(WasUnpacked);
        Assert.Equal(before, DiskTree.Snapshot(Cache));
        Assert.Equal(unpacked, Assert.Single(Unpacked));
    }

    [Fact]
    public void An_archive_that_was_only_touched_is_read_but_not_unpacked_again()
    {
        Save(Gzip(A));
        Extract();
        System.IO.File.SetLastWriteTimeUtc(_s.Image, DateTime.UtcNow.AddDays(-1));
        Assert.False(Extract().Extracted);
        Assert.False(WasUnpacked);
    }

    [Fact]
    public void Another_archive_of_the_same_length_and_time_is_another_archive()
    {
        byte[] one = Gzip(A);
        byte[] two = Gzip(B);
        int length = Math.Max(one.Length, two.Length);
        DateTime time = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        foreach ((byte[] archive, string file) in ((byte[], string)[])[(one, "a"), (two, "b")])
        {
            Save([.. archive, .. new byte[length - archive.Length]]);
            System.IO.File.SetLastWriteTimeUtc(_s.Image, time);
            Assert.True(Extract().Extracted);
            Assert.True(Path.Exists(Path.Combine(_s.Rootfs, file)));
        }
    }

    [Fact]
    public void An_archive_that_takes_the_place_of_another_takes_its_place_in_the_cache()
    {
        Save(Gzip(A));
        Extract();
        string old = Assert.Single(Unpacked);
        Save(Gzip(B));
        Extract();
        Assert.NotEqual(old, Assert.Single(Unpacked));
    }

    [Fact]
    public void Two_paths_with_one_content_share_what_is_unpacked()
    {
        Save(Gzip(A));
        Save(Gzip(A), _s["copy"]);
        Extract();
        for (int i = 0; i < 2; i++)
        {
            Extract(r => r with { Image = _s["copy"], RootfsDirectory = _s["out/copy"] });
            Assert.False(WasUnpacked);
            Extract();
            Assert.False(WasUnpacked);
        }
        Assert.Single(Unpacked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_cut_or_is_gone_in_the_cache_is_unpacked_again(bool cut)
    {
        Save(Gzip(A));
        Extract();
        if (cut)
            System.IO.File.WriteAllBytes(Assert.Single(Unpacked), [1, 2, 3]);
        else
            System.IO.File.Delete(Assert.Single(Unpacked));
        Assert.False(Extract().Extracted);
        Assert.True(WasUnpacked);
    }

    [Fact]
    public void Records_that_are_nonsense_are_as_good_as_absent()
    {
        Save(Gzip(A));
        Extract();
        foreach (string nonsense in (string[])["", "{}", "[1", "null", """{"format":1,"digest":"../../x"}"""])
        {
            System.IO.File.WriteAllText(Directory.GetFiles(Cache, "*.json").Single(), nonsense);
            Extract();
            Assert.True(WasUnpacked);
        }
    }

    [Fact]
    public void What_a_killed_build_left_is_in_nobodys_way()
    {
        Directory.CreateDirectory(Cache);
        System.IO.File.WriteAllText(Path.Combine(Cache, "oci-cache.new"), "half an archive");
        Save(Gzip(A));
        Extract();
        Assert.Equal("one", _s.Read("a"));
        Assert.False(Path.Exists(Path.Combine(Cache, "oci-cache.new")));
    }

    [Fact]
    public void Without_a_cache_directory_a_compressed_archive_is_unpacked_for_the_one_build_and_nothing_of_it_stays()
    {
        Save(Gzip(A));

        _s.Extract();

        Assert.Equal("one", _s.Read("a"));
        _s.ShouldHaveNoLitter();
        Assert.False(_s.Extract().Extracted);
    }

    [Fact]
    public void Without_a_cache_directory_a_damaged_archive_leaves_nothing_either()
    {
        byte[] archive = Gzip(A);
        Save(archive[..^9]);

        Assert.Equal("OCI1007", _s.Fails().Code);

        Assert.Equal(["image.tar"], Directory.GetFileSystemEntries(_s.Place).Select(Path.GetFileName));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_an_error()
    {
        Directory.CreateDirectory(_s["obj"]);
        System.IO.File.WriteAllText(Cache, "a file");
        Save(Gzip(A));
        Assert.Equal("OCI1019", Fails().Code);
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public void An_archive_that_breaks_off_is_an_error_and_leaves_nothing_in_the_cache(string how)
    {
        byte[] archive = Compress(how, A.ToLayout().ToArchive());
        foreach (int cut in (int[])[archive.Length / 3, archive.Length / 2, archive.Length - 2])
        {
            Save(archive[..cut]);
            Assert.Contains(Fails().Code, (string[])["OCI1007", "OCI1005"]);
            Assert.Empty(Unpacked);
            Assert.False(Path.Exists(Path.Combine(Cache, "oci-cache.new")));
        }
    }

    [Fact]
    public void Garbage_behind_the_compressed_data_is_an_error()
    {
        Save([.. Gzip(A), .. "garbage"u8]);
        Assert.Equal("OCI1007", Fails().Code);
    }

    [Fact]
    public void A_compressed_compressed_archive_is_refused_before_anything_is_written()
    {
        Save(ImageLayer.GzipOf(Gzip(A)));
        OciException e = Fails();
        Assert.Equal("OCI1005", e.Code);
        Assert.Equal("compressed data, and in it gzip data", e.Found);
        Assert.Empty(Unpacked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("just text")]
    public void Compressed_data_that_is_no_archive_is_refused(string text)
    {
        Save(ImageLayer.Bzip2Of(System.Text.Encoding.UTF8.GetBytes(text)));
        Assert.Equal("OCI1005", Fails().Code);
    }

    [Fact]
    public void A_bomb_stops_at_the_limits_and_leaves_nothing_in_the_cache()
    {
        Save(ImageLayer.GzipOf(Of(File("zeros", TarContent.Generated(10_000_000, seed: 1)), File("index.json", "{}"))));
        Assert.Equal("OCI4230", Fails(new RootfsLimits { MaxArchiveBytes = 5_000_000 }).Code);
        Save(ImageLayer.GzipOf([.. A.ToLayout().ToArchive(), .. new byte[10 << 20]]));
        Assert.Equal("OCI4222", Fails(new RootfsLimits { MaxCompressionRatio = 10, RatioFreeBytes = 1 << 20 }).Code);
        Assert.Empty(Unpacked);
    }

    [Fact]
    public void A_build_that_may_not_work_touches_nothing_and_reads_the_cache()
    {
        Save(Gzip(A));
        Assert.Equal("OCI7004", Assert.Throws<OciException>(() => Extract(static r => r with { FailIfNotUpToDate = true })).Code);
        Assert.False(Path.Exists(Cache));
        Extract();
        Assert.False(Extract(static r => r with { FailIfNotUpToDate = true }).Extracted);
        System.IO.File.SetLastWriteTimeUtc(_s.Image, DateTime.UtcNow.AddDays(-1));
        Assert.False(Extract(static r => r with { FailIfNotUpToDate = true }).Extracted);
    }

    [Fact]
    public void Clean_removes_what_is_ours_and_nothing_else()
    {
        Save(Gzip(A));
        Extract();
        System.IO.File.WriteAllText(Path.Combine(Cache, "mine.tar"), "");
        Assert.True(RootfsExtractor.CleanCache(Cache, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal("mine.tar", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(Cache))));
        System.IO.File.Delete(Path.Combine(Cache, "mine.tar"));
        Assert.True(RootfsExtractor.CleanCache(Cache, cancellation: TestContext.Current.CancellationToken));
        Assert.False(Path.Exists(Cache));
        Assert.False(RootfsExtractor.CleanCache(Cache, cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_cache_does_not_grow_with_the_paths_that_it_has_seen()
    {
        for (int i = 0; i < 70; i++)
        {
            Save(Gzip(Image.Of(Of(File($"f{i}"))).For(null)), _s[$"i{i}"]);
            Extract(r => r with { Image = _s[$"i{i}"] });
        }
        Assert.Equal(64, Unpacked.Length);
    }
}
