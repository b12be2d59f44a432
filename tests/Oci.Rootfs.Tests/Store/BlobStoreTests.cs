using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Oci.Images;
using Oci.Rootfs.Content;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Store;
using Oci.Rootfs.Tests.Extraction;
using Oci.Rootfs.Tests.Registry;

namespace Oci.Rootfs.Tests.Store;

/// <summary>The store that all builds of a user share: others may work on it at the same time, and may have been killed at any moment.</summary>
public sealed class BlobStoreTests : IDisposable
{
    private readonly RegistryScenario _scenario = new();

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void Builds_at_the_same_time_fetch_each_blob_once()
    {
        Image image = Image.Of(Enumerable.Range(0, 6).Select(static i => (ImageLayer)Tars.Of(Tars.File($"f{i}", new byte[300_000])))).For("linux/amd64");
        string digest = _scenario.Add(image);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Exception?[] errors = new Exception?[8];
        Thread[] builds = [.. Enumerable.Range(0, errors.Length).Select(i => new Thread(() => errors[i] = Record.Exception(() => RootfsExtractor.Extract(_scenario.Request(_scenario.Reference(digest)) with
        {
            RootfsDirectory = _scenario[$"p{i}/app"],
            Outputs = [],
            Log = null,
        }, cancellation))))];
        foreach (Thread build in builds)
            build.Start();
        foreach (Thread build in builds)
            build.Join();

        Assert.All(errors, Assert.Null);
        Assert.Equal(6, _scenario.Server.Requests.Count(r => r.IsBlob && !r.Target.EndsWith(image.ConfigDigest, StringComparison.Ordinal)));
        Assert.All(Enumerable.Range(0, errors.Length), i => Assert.Equal(6, Directory.GetFiles(_scenario[$"p{i}/app"]).Length));
        Assert.DoesNotContain(_scenario.StoredFiles(), static f => f.StartsWith("partial", StringComparison.Ordinal));
    }

    [Fact]
    public void A_build_that_waits_for_another_says_so_once()
    {
        string digest = _scenario.Add();
        Directory.CreateDirectory(Path.Combine(_scenario.Store, "partial"));
        List<string> said = [];
        using ManualResetEventSlim waiting = new();
        foreach (string file in RegistryScenario.App.ToLayout().Files.Keys.Where(static k => k.StartsWith("blobs/sha256/", StringComparison.Ordinal)))
            File.WriteAllText(Path.Combine(_scenario.Store, "partial", "sha256-" + file["blobs/sha256/".Length..]), "");
        FileStream[] held = [.. Directory.GetFiles(Path.Combine(_scenario.Store, "partial")).Select(static f => new FileStream(f, FileMode.Open, FileAccess.ReadWrite, FileShare.None))];
        RootfsRequest request = _scenario.Request(_scenario.Reference(digest)) with
        {
            Log = m =>
            {
                lock (said)
                    said.Add(m.Text);
                if (m.Text.StartsWith("Waiting", StringComparison.Ordinal))
                    waiting.Set();
            },
        };
        Exception? error = null;
        Thread build = new(() =>
        {
            error = Record.Exception(() => RegistryScenario.Extract(request));
            waiting.Set();
        });
        build.Start();
        waiting.Wait(TestContext.Current.CancellationToken);
        foreach (FileStream file in held)
            file.Dispose();
        build.Join();

        Assert.Null(error);
        Assert.InRange(said.Count(static t => t.StartsWith("Waiting for another build that fetches sha256:", StringComparison.Ordinal)), 1, 2);
    }

    [Fact]
    public void A_store_that_others_may_write_to_is_refused()
    {
        string digest = _scenario.Add();
        Directory.CreateDirectory(_scenario.Store);
        File.SetUnixFileMode(_scenario.Store, (UnixFileMode)0b111_111_111);

        Assert.Contains("others may write", _scenario.Fails("OCI8016", digest).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_store_is_for_its_user_alone()
    {
        _scenario.Extract(_scenario.Add());

        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(_scenario.Store));
        Assert.StartsWith("Signature: 8a477f597d28d172789f06886806bc55", File.ReadAllText(Path.Combine(_scenario.Store, "CACHEDIR.TAG")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_that_cannot_be_made_is_an_error()
    {
        string digest = _scenario.Add();
        File.WriteAllText(_scenario.Store, "a file");

        _scenario.Fails("OCI8016", digest);
    }

    [Theory]
    [InlineData("XDG_CACHE_HOME", "/cache", "/cache/oci-build-tasks")]
    [InlineData("HOME", "/home/u", "/home/u/.cache/oci-build-tasks")]
    [InlineData("XDG_CACHE_HOME", "relative", null)]
    [InlineData("HOME", "", null)]
    public void The_environment_says_where_the_store_is(string variable, string value, string? directory) =>
        Assert.Equal(directory, BlobStore.DirectoryOf(name => name == variable ? value : null));

    [Fact]
    public void Without_a_home_the_store_is_the_projects()
    {
        Assert.True(_scenario.Extract(_scenario.Add(), static o => o with { StoreDirectory = null }).Extracted);
        Assert.True(Directory.Exists(_scenario["project/obj/oci/store/blobs/sha256"]));
    }

    [Fact]
    public void What_was_used_least_recently_goes_and_nothing_that_is_young_or_in_use()
    {
        string digest = _scenario.Add();
        string[] others = [.. Enumerable.Range(0, 4).Select(i => Blob(1000, i, age: TimeSpan.FromHours(10 - i)))];
        string young = Blob(1000, 9, TimeSpan.FromMinutes(10));

        _scenario.Extract(digest, static o => o with { StoreMaxBytes = 3700 });

        // The new blobs, of some 1,400 bytes, the young one and one old one have room.
        Assert.Equal([false, false, false, true], others.Select(File.Exists));
        Assert.True(File.Exists(young));
        Assert.Equal("above", _scenario.Read("etc/motd"));
    }

    [Fact]
    public void Without_a_bound_nothing_goes()
    {
        string other = Blob(1000, 0, TimeSpan.FromDays(1000));
        _scenario.Extract(_scenario.Add(), static o => o with { StoreMaxBytes = 0 });
        Assert.True(File.Exists(other));
    }

    [Fact]
    public void Old_partial_files_go_and_young_ones_stay()
    {
        Directory.CreateDirectory(Path.Combine(_scenario.Store, "partial"));
        string old = _scenario.Partial("sha256:" + new string('1', 64)), young = _scenario.Partial("sha256:" + new string('2', 64));
        File.WriteAllText(old, "x");
        File.WriteAllText(young, "x");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-8));

        _scenario.Extract(_scenario.Add());

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
    }

    [Fact]
    public void A_blob_that_is_used_is_touched_at_most_once_a_day()
    {
        string digest = _scenario.Add();
        string layer = _scenario.Blob(_scenario.Extract(digest).Layers[0].Digest);
        DateTime hours = DateTime.UtcNow.AddHours(-5), days = DateTime.UtcNow.AddDays(-5);

        foreach ((DateTime before, bool touched) in (ReadOnlySpan<(DateTime, bool)>)[(hours, false), (days, true)])
        {
            File.SetLastWriteTimeUtc(layer, before);
            _scenario.ForgetProject();
            _scenario.Extract(digest);
            Assert.Equal(touched, File.GetLastWriteTimeUtc(layer) > before.AddHours(1));
        }
    }

    [Fact]
    public void A_blob_that_goes_while_it_is_read_is_read_to_its_end()
    {
        string digest = _scenario.Add();
        RootfsLayer layer = _scenario.Extract(digest).Layers[0];
        BlobStore store = new(_scenario.Store, TimeProvider.System);
        Assert.True(Digest.TryParse(layer.Digest, out Digest? parsed));
        using SafeFileHandle file = store.TryOpen(parsed)!;

        RootfsExtractor.CleanStore(_scenario.Request(_scenario.Reference()).Registries);

        byte[] bytes = new byte[layer.Size];
        Assert.Equal(layer.Size, RandomAccess.Read(file, bytes, 0));
        Assert.Equal(parsed, DigestHash.Of(bytes));
        Assert.Empty(_scenario.StoredFiles());
        _scenario.ForgetProject();
        Assert.True(_scenario.Extract(digest).Extracted);
    }

    [Fact]
    public void A_blob_that_is_being_fetched_is_not_cleaned_away()
    {
        string digest = _scenario.Add();
        _scenario.Extract(digest);
        string partial = _scenario.Partial("sha256:" + new string('1', 64));
        using FileStream held = new(partial, FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        RootfsExtractor.CleanStore(_scenario.Request(_scenario.Reference()).Registries);

        Assert.True(File.Exists(partial));
        Assert.Equal(["partial/sha256-" + new string('1', 64)], _scenario.StoredFiles());
    }

    [Fact]
    public void A_directory_in_a_blobs_place_is_an_error()
    {
        string digest = _scenario.Add();
        string layer = _scenario.Extract(digest).Layers[0].Digest;
        Directory.Delete(_scenario["project/bin"], recursive: true);
        File.Delete(_scenario.Blob(layer));
        Directory.CreateDirectory(_scenario.Blob(layer));

        Assert.Contains("no regular file", _scenario.Fails("OCI8016", digest).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_that_is_killed_at_any_moment_leaves_a_store_that_the_next_one_completes()
    {
        Image image = Image.Of(ImageLayer.Gzip(Tars.Of(Tars.File("a", Noise(600_000)))), ImageLayer.Gzip(Tars.Of(Tars.File("b", Noise(600_001))))).For("linux/amd64");
        string digest = _scenario.Add(image);
        // So slow that a build lasts half a second longer than the runtime takes to start.
        _scenario.Server.Before = r => r.IsBlob ? _scenario.Server.Serve(r) with { Rate = 1_200_000 } : null;
        string[] arguments = ["extract", _scenario.Reference(digest), _scenario["killed/app"], "--platform", "linux/amd64", "--store", _scenario.Store];
        for (int i = 0; i < 12; i++)
        {
            using Process build = Command.StartRunner(arguments);
            // Any moment will do: it is killed while it starts, fetches or is done.
            if (!build.WaitForExit(60 * i))
                build.Kill();
            build.WaitForExit();
        }
        _scenario.Server.Before = static _ => null;

        Assert.True(_scenario.Extract(digest).Extracted);

        Assert.Equal(600_000, new FileInfo(_scenario["project/bin/rootfs/app/a"]).Length);
        Assert.All(_scenario.StoredFiles(), static f => Assert.StartsWith("blobs/", f, StringComparison.Ordinal));
    }

    private static byte[] Noise(int bytes)
    {
        byte[] noise = new byte[bytes];
        new Random(bytes).NextBytes(noise);
        return noise;
    }

    private string Blob(int bytes, int number, TimeSpan age)
    {
        byte[] content = new byte[bytes];
        content[0] = (byte)number;
        string path = _scenario.Blob(DigestHash.Of(content).ToString());
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow - age);
        return path;
    }
}
