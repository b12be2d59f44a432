using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>What an update does, and what it does not have to.</summary>
public sealed class UpdateTests : IDisposable
{
    private static readonly ImageLayer Base = Of(
        Dir("d", mtime: 5), File("d/a", "a", mtime: 5), File("d/b", "b"), Hardlink("d/c", "d/b"), File("large", TarContent.Generated(400_000, 1)), Symlink("link", "d"), Dir("x"), File("x/y"));

    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    [Fact]
    public void A_layer_that_is_known_is_not_opened_and_one_that_is_not_is_opened_once()
    {
        _s.With(Base, Of(File("top", "1"))).Extract();
        // The known blob is damaged: whoever read it would fail.
        Image.Of(Base, Of(File("top", "2"))).For(null).SaveDirectory(_s["new"]);
        System.IO.File.WriteAllBytes(_s["new/blobs/sha256/" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Base.Blob))], new byte[Base.Blob.Length]);
        _s.Messages.Clear();

        RootfsResult result = _s.Extract(r => r with { Image = _s["new"] });

        Assert.Equal(new RootfsChange(Added: 0, Changed: 1, Removed: 0, Paths: 10, LayersRead: 1), result.Change);
        Assert.Equal("2", _s.Read("top"));
        Assert.Single(_s.Messages, static m => m.Text.StartsWith("Reading layer", StringComparison.Ordinal));
    }

    [Fact]
    public void What_does_not_differ_keeps_its_inode_and_its_time_of_change()
    {
        _s.With(Base, Of(File("top", "1"))).Extract();
        IReadOnlyList<string> before = DiskTree.Snapshot(_s.Rootfs);

        _s.With(Base, Of(File("top", "2"))).Extract();

        Assert.Equal(before.Where(static l => !l.StartsWith("top ", StringComparison.Ordinal)), DiskTree.Snapshot(_s.Rootfs).Where(static l => !l.StartsWith("top ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_layer_with_the_bytes_that_stand_changes_nothing()
    {
        byte[] tar = Of(Dir("d"), File("d/a", "same", mtime: 3), File("d/e", TarContent.Generated(90_000, 3)));
        _s.With(Base, tar).Extract();
        IReadOnlyList<string> before = DiskTree.Snapshot(_s.Rootfs);

        // The same tar compressed otherwise: another blob, so another layer.
        RootfsResult result = _s.With(Base, ImageLayer.Gzip(tar)).Extract();

        Assert.Equal(new RootfsChange(0, 0, 0, 10, 1), result.Change);
        Assert.Equal(before, DiskTree.Snapshot(_s.Rootfs));
    }

    [Fact]
    public void A_base_below_unchanged_layers_is_replaced()
    {
        ImageLayer[] upper = [.. Enumerable.Range(0, 5).Select(static i => (ImageLayer)Of(File($"upper{i}", TarContent.Generated(100_000, i))))];
        _s.With([Of(File("base", "1"), File("d/kept", "k")), .. upper]).Extract();

        RootfsResult result = _s.With([Of(File("base", "2"), File("d/kept", "k"), File("d/more", "m")), .. upper]).Extract();

        Assert.Equal(new RootfsChange(1, 1, 0, 10, 1), result.Change);
    }

    [Fact]
    public void A_layer_that_goes_brings_back_what_it_hid_and_only_that_layer_is_read_again()
    {
        _s.With(Of(File("hidden", "h")), Base, Of(Whiteout("hidden"))).Extract();
        _s.Messages.Clear();

        RootfsResult result = _s.With(Of(File("hidden", "h")), Base).Extract();

        Assert.Equal(new RootfsChange(1, 0, 0, 10, 1), result.Change);
        Assert.Equal("h", _s.Read("hidden"));
        Assert.Contains(_s.Messages, static m => m.Text.Contains("Layer 1 of 2", StringComparison.Ordinal) && m.Text.EndsWith("files of it are needed that do not stand.", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_too_much_must_be_read_the_whole_image_is_extracted()
    {
        _s.With(Base, Of(File("small"))).Extract();

        RootfsResult result = _s.With(Of(File("other", TarContent.Generated(2_000_000, 7))), Of(File("small"))).Extract();

        Assert.Null(result.Change);
        Assert.Contains(_s.Messages, static m => m.Text == "The whole image is extracted: too much of it is not known.");
        Assert.Equal(["other", "small"], Directory.GetFileSystemEntries(_s.Rootfs).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Without_Incremental_a_tree_is_replaced_whole_and_nothing_is_kept_for_later()
    {
        _s.With(Base, Of(File("top", "1"))).Extract();
        _s.With(Base, Of(File("top", "2")));

        RootfsResult result = _s.Extract(static r => r with { Incremental = false });

        Assert.Null(result.Change);
        Assert.False(System.IO.File.Exists(_s["out/.rootfs.oci-state"]));
    }

    [Fact]
    public void A_new_option_changes_outputs_and_reads_no_layer()
    {
        _s.With(Base).Extract();

        RootfsResult result = _s.Extract(r => r.With(OutputKind.RuntimeConfig, _s["out/runtime.json"]));

        Assert.Equal(new RootfsChange(0, 0, 0, 9, 0), result.Change);
        Assert.True(System.IO.File.Exists(_s["out/runtime.json"]));
    }

    [Fact]
    public void An_archive_of_an_updated_tree_is_that_of_a_cold_extraction()
    {
        string archive = _s["out/a.tar.zst"], cold = _s["cold/a.tar.zst"];
        _s.With(Base, Of(File("top", "1"))).Extract(r => r.With(OutputKind.RootfsArchive, archive));

        RootfsResult result = _s.With(Base, Of(File("top", "2"), File("d/b", "B"))).Extract(r => r.With(OutputKind.RootfsArchive, archive));
        RootfsExtractor.Extract(_s.Request with { RootfsDirectory = null, Outputs = [new(OutputKind.RootfsArchive, cold)] }, TestContext.Current.CancellationToken);

        Assert.NotNull(result.Change);
        Assert.Equal(System.IO.File.ReadAllBytes(cold), System.IO.File.ReadAllBytes(archive));
    }

    [Fact]
    public void An_archive_is_rewritten_only_when_the_merged_tree_has_changed()
    {
        RootfsRequest With(RootfsRequest request) => request.With(OutputKind.RootfsArchive, _s["out/a.tar"]).With(OutputKind.ImageArchive, _s["out/image.tar"]);
        Image image = Image.Of(Base).For("linux/amd64");
        _s.With(image.WithConfig(new() { ["User"] = "1" })).Extract(With);
        System.IO.File.SetLastWriteTimeUtc(_s["out/a.tar"], DateTime.UnixEpoch);
        byte[] before = System.IO.File.ReadAllBytes(_s["out/image.tar"]);

        RootfsResult result = _s.With(image.WithConfig(new() { ["User"] = "2" })).Extract(With);

        Assert.Equal(new RootfsChange(0, 0, 0, 9, 0), result.Change);
        Assert.Equal(DateTime.UnixEpoch, System.IO.File.GetLastWriteTimeUtc(_s["out/a.tar"]));
        Assert.NotEqual(before, System.IO.File.ReadAllBytes(_s["out/image.tar"]));
        Assert.Equal(System.IO.File.ReadAllBytes(_s["out/a.tar"]).Length, Assert.Single(result.Archives).Length);
        Assert.False(_s.Extract(With).Extracted);
        // One that somebody has changed is written.
        System.IO.File.AppendAllText(_s["out/a.tar"], "x");
        Assert.NotNull(_s.With(image.WithConfig(new() { ["User"] = "3" })).Extract(With).Change);
        Assert.NotEqual(DateTime.UnixEpoch, System.IO.File.GetLastWriteTimeUtc(_s["out/a.tar"]));
    }

    [Fact]
    public void The_users_own_files_are_updated_without_a_layer()
    {
        System.IO.File.WriteAllText(_s["own"], "1");
        RootfsRequest With(RootfsRequest r) => r with { Own = new OwnFiles { Nodes = [new OwnFileNode { Path = "/etc/own", Source = _s["own"] }, new OwnFileNode { Path = "/etc/fixed", Source = _s.Image }] } };
        _s.With(Base).Extract(With);
        System.IO.File.WriteAllText(_s["own"], "2");

        RootfsResult result = _s.Extract(With);

        Assert.Equal(new RootfsChange(0, 1, 0, 12, 0), result.Change);
        Assert.Equal("2", _s.Read("etc/own"));
    }

    [Fact]
    public void Names_of_owners_are_looked_up_in_the_tree_that_stands()
    {
        ImageLayer users = Of(File("etc/passwd", "app:x:1234:5678::/:/bin/sh\n"), File("large", TarContent.Generated(400_000, 1)));
        System.IO.File.WriteAllText(_s["own"], "1");
        RootfsRequest With(RootfsRequest r) => r with { Own = new OwnFiles { Nodes = [new OwnFileNode { Path = "/etc/own", Source = _s["own"], Owner = "app" }] } };
        _s.With(users, Of(File("top", "1"))).Extract(With);

        RootfsResult result = _s.With(users, Of(File("top", "2"))).Extract(With);

        Assert.Equal(1, result.Change!.LayersRead);
        Assert.Contains("./etc/own type=file mode=0644 uid=1234 gid=5678", System.IO.File.ReadAllText(_s.Record), StringComparison.Ordinal);
        Assert.DoesNotContain(_s.Messages, static m => m.Text.Contains("second pass", StringComparison.Ordinal));
    }

    [Fact]
    public void Limits_hold_for_known_layers_too()
    {
        ImageLayer many = Of([File("large", TarContent.Generated(400_000, 1)), .. Enumerable.Range(0, 40).Select(static i => File($"f{i}"))]);
        RootfsRequest From(RootfsRequest request, string layout) => request with { Image = _s[layout] };
        Image.Of(many, Of(File("top", "1"))).For(null).SaveDirectory(_s["old"]);
        Image.Of(many, Of(File("top", "2"))).For(null).SaveDirectory(_s["new"]);
        _s.Extract(r => From(r, "old"));

        Assert.Equal("OCI4221", _s.Fails(r => From(r, "new") with { Limits = new RootfsLimits { MaxUncompressedBytes = 200_000 } }).Code);
        Assert.Equal("OCI4211", _s.Fails(r => From(r, "new") with { Limits = new RootfsLimits { MaxNodes = 41 } }).Code);
        Assert.Equal("1", _s.Read("top"));
    }

    [Fact]
    public void Warnings_of_known_layers_are_given_again_with_their_new_names()
    {
        ImageLayer odd = Of(CharDevice("odd", 0, 0), File("pad", TarContent.Generated(300_000, 1)));
        _s.With(odd, Of(File("top", "1"))).Extract();
        _s.Messages.Clear();

        Assert.NotNull(_s.With(Of(File("below")), odd, Of(File("top", "2"))).Extract().Change);

        RootfsMessage warning = Assert.Single(_s.Messages, static m => m.Kind == RootfsMessageKind.Warning && m.Code != "OCI5105");
        Assert.Contains("2 of 3", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_whose_state_would_be_too_large_has_none_and_is_replaced_whole()
    {
        RootfsRequest Small(RootfsRequest r) => r with { Limits = new RootfsLimits { MaxStateBytes = 300 } };
        _s.With(Base, Of(File("top", "1"))).Extract(Small);
        Assert.False(System.IO.File.Exists(_s["out/.rootfs.oci-state"]));

        Assert.Null(_s.With(Base, Of(File("top", "2"))).Extract(Small).Change);

        Assert.Contains(_s.Messages, static m => m.Kind == RootfsMessageKind.Normal && m.Text.Contains("MaxStateBytes=300", StringComparison.Ordinal));
    }

    [Fact]
    public void A_build_that_is_cancelled_while_the_tree_is_changed_leaves_the_old_one()
    {
        using UpdatePair pair = new UpdatePair().WithOld();
        using CancellationTokenSource cancellation = new();
        // It says which layers it reads, after all of them were read.
        void Cancel(RootfsMessage message)
        {
            if (message.Text.EndsWith("it was not known.", StringComparison.Ordinal))
                cancellation.Cancel();
        }

        Assert.Throws<OperationCanceledException>(() => RootfsExtractor.Extract(pair.Request with { Log = Cancel }, cancellation.Token));

        Assert.True(pair.IsOld());
        pair.NextBuildMakes(UpdatePair.NewImage);
    }

    [Fact]
    public void Clean_removes_an_updated_tree_and_all_that_is_kept_of_it()
    {
        using UpdatePair pair = new UpdatePair().WithOld();
        Assert.NotNull(pair.Update().Change);

        Assert.True(RootfsExtractor.Clean(pair.Rootfs, cancellation: TestContext.Current.CancellationToken));

        Assert.Equal(["config.json", "rootfs.mtree"], Directory.GetFileSystemEntries(pair.Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_pair_of_images_with_all_kinds_of_changes_is_updated_there_and_back()
    {
        using UpdatePair pair = new UpdatePair().WithOld();

        Assert.Equal(1, pair.Update().Change!.LayersRead);
        Assert.Equal(UpdatePair.NewTree, WholeTree.Of(pair.Rootfs));

        Assert.NotNull(pair.Update(static r => r with { Image = UpdatePair.OldImage, MostReadPercent = 100 }).Change);
        Assert.Equal(UpdatePair.OldTree, WholeTree.Of(pair.Rootfs));
    }

    [Fact]
    public void As_a_user_who_may_write_to_no_directory_of_the_tree_the_same_happens()
    {
        using UpdatePair pair = new();
        Directory.CreateDirectory(pair.Out);
        Command.Run("chmod", "-R", "a+rwX", pair["."]);
        Assert.Equal(0, Command.RunnerAsUser(pair.Arguments(UpdatePair.OldImage)).ExitCode);

        CommandResult result = Command.RunnerAsUser(pair.Arguments(UpdatePair.NewImage));
        Assert.Contains("layersRead=1", result.Output, StringComparison.Ordinal);
        IReadOnlyList<string> updated = WholeTree.Of(pair.Rootfs);
        Command.RunnerAsUser("clean", pair.Rootfs);
        Command.RunnerAsUser(pair.Arguments(UpdatePair.NewImage));

        Assert.Equal(WholeTree.Of(pair.Rootfs), updated);
    }
}
