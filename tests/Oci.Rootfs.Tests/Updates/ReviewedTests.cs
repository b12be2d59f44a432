using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>What a second reader found: sequences and trees that an update once took wrongly, or not at all.</summary>
public sealed class ReviewedTests : IDisposable
{
    private static readonly TarItem Pad = File("pad", TarContent.Generated(400_000, 1));

    private readonly Scenario _s = new();

    public ReviewedTests()
    {
        Directory.CreateDirectory(_s.Out);
        Command.Run("chmod", "-R", "a+rwX", _s.Place);
    }

    public void Dispose() => _s.Dispose();

    [Fact]
    public void As_a_user_a_closed_directory_with_a_path_of_a_file_that_stays_is_replaced() =>
        ShouldUpdateAsUser([Of(Pad, File("a"), Dir("go", mode: "0555"), Hardlink("go/l", "a"))], [Of(Pad, File("a"), Dir("go", mode: "0555"), Hardlink("go/l", "a")), Of(Symlink("go", "a"))]);

    [Fact]
    public void As_a_user_an_archive_has_the_files_below_a_directory_that_lets_nobody_in()
    {
        ImageLayer known = Of(Pad, Dir("closed", mode: "0600"), File("closed/g", "g"), File("secret", "s", mode: "0000"));
        ShouldUpdateAsUser([known], [known, Of(File("top"))], "--archive", _s["out/a.tar"]);
    }

    [Fact]
    public void As_a_user_a_file_with_two_paths_that_nobody_may_read_is_not_taken_for_changed_after_an_archive()
    {
        ImageLayer known = Of(Pad, File("a", "x", mode: "0222"), Hardlink("b", "a"), Dir("d"), Hardlink("d/c", "a"));
        ShouldUpdateAsUser([known], [known, Of(File("top"))], "--archive", _s["out/a.tar"]);
    }

    [Fact]
    public void As_a_user_content_below_a_directory_that_lets_nobody_in_is_not_compared_and_no_error()
    {
        ImageLayer known = Of(Pad, Dir("u", mode: "0000"), Dir("u/v"), File("u/v/w", "w"));
        ShouldUpdateAsUser([known], [known, Of(File("top"))], "--verify", "content");
    }

    [Fact]
    public void As_root_what_root_has_made_in_a_users_tree_does_not_stop_the_user()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to be two users");
        _s.With(Of(Pad), Of(File("top", "1")));
        Assert.Equal(0, _s.ExtractAsUser().ExitCode);
        Directory.CreateDirectory(_s["out/rootfs/of-root"]);
        _s.With(Of(Pad), Of(File("top", "2")));

        CommandResult result = _s.ExtractAsUser();

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.False(Directory.Exists(_s["out/rootfs/of-root"]));
    }

    [Theory]
    [InlineData("d", "755", "")]
    [InlineData("d", "700", "")]
    [InlineData("d", "000", "")]
    [InlineData(".", "755", "")]
    [InlineData(".", "700", "")]
    [InlineData("d", "755", "--verify content")]
    [InlineData("d", "700", "--verify content")]
    [InlineData("d", "700", "--changes CHANGES")]
    [InlineData("d", "700", "--no-incremental")]
    [InlineData("d", "700", "--changes CHANGES --no-incremental")]
    public void As_root_a_directory_of_a_users_tree_that_root_has_taken_does_not_stop_the_user(string taken, string mode, string options)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to be two users");
        string[] arguments = options.Replace("CHANGES", _s["out/changes"], StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _s.With(Of(Pad, Dir("d") with { Xattrs = [Xattr("user.x", "1")] }), Of(File("d/f", "1")));
        Assert.Equal(0, _s.ExtractAsUser().ExitCode);
        Command.Run("chown", "0:0", _s["out/rootfs/" + taken]);
        Command.Run("chmod", mode, _s["out/rootfs/" + taken]);
        _s.With(Of(Pad, Dir("d") with { Xattrs = [Xattr("user.x", "1")] }), Of(File("d/f", "2")));

        CommandResult result = _s.ExtractAsUser(arguments);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("2", _s.Read("d/f"));
        Assert.All(DiskTree.Owners(_s.Rootfs), static line => Assert.EndsWith("65534:65534", line, StringComparison.Ordinal));
    }

    [Fact]
    public void As_root_a_directory_that_was_given_away_is_taken_back_where_owners_are_only_recorded()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to give something away");
        _s.With(Of(Pad, Dir("d")), Of(File("top", "1"))).Extract(static r => r with { Ownership = Ownership.Record });
        Command.Run("chown", "1000:1000", _s["out/rootfs/d"], _s.Rootfs);

        _s.With(Of(Pad, Dir("d")), Of(File("top", "2"))).Extract(static r => r with { Ownership = Ownership.Record });

        Assert.All(DiskTree.Owners(_s.Rootfs), static line => Assert.EndsWith("0:0", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Links_of_a_rebuilt_layer_are_no_change()
    {
        byte[] tar = Of(File("git", "g"), Hardlink("git-a", "git"), Hardlink("git-b", "git"));
        _s.With(Of(Pad), tar).Extract();
        IReadOnlyList<string> before = DiskTree.Snapshot(_s.Rootfs);

        Assert.Equal(new RootfsChange(0, 0, 0, 5, 1), _s.With(Of(Pad), ImageLayer.Gzip(tar)).Extract().Change);

        Assert.Equal(before, DiskTree.Snapshot(_s.Rootfs));
    }

    [Fact]
    public void Attributes_count_once_for_the_layers_and_once_for_the_tree()
    {
        TarItem[] files = [.. Enumerable.Range(0, 100).Select(static i => File($"f{i}") with { Xattrs = [Xattr("user.x", new string('x', 1000))] })];
        RootfsRequest Limited(RootfsRequest r) => r with { Limits = new RootfsLimits { MaxNameBytes = 150_000 } };
        _s.With(Of([Pad, .. files]), Of(File("top", "1"))).Extract(Limited);

        Assert.NotNull(_s.With(Of([Pad, .. files]), Of(File("top", "2"))).Extract(Limited).Change);
    }

    [Fact]
    public void After_another_start_of_the_machine_a_file_that_ends_in_zeros_is_not_believed()
    {
        _s.With(Of(Pad, Sparse("hole", TarSparseForm.Pax10, 300_000, (0, "data"))), Of(File("top", "1"))).Extract();
        string stateFile = _s["out/.rootfs.oci"];
        System.IO.File.WriteAllText(stateFile, System.IO.File.ReadAllText(stateFile).Replace(Oci.Rootfs.State.BootId.Current, "another", StringComparison.Ordinal));

        Assert.True(_s.Extract().Extracted);

        Assert.Contains(_s.Messages, static m => m.Text.Contains("started anew", StringComparison.Ordinal));
    }

    [Fact]
    public void After_another_start_of_the_machine_an_own_file_that_ends_in_zeros_is_not_believed()
    {
        System.IO.File.WriteAllBytes(_s["disk"], [.. new byte[5] { 1, 2, 3, 4, 5 }, .. new byte[300_000]]);
        RootfsRequest With(RootfsRequest r) => r with { Own = new OwnFiles { Nodes = [new OwnFileNode { Path = "/disk", Source = _s["disk"] }] } };
        _s.With(Of(Pad)).Extract(With);

        ShouldNotBelieve(With);
    }

    [Fact]
    public void After_another_start_of_the_machine_a_file_that_came_back_and_ends_in_zeros_is_not_believed()
    {
        ImageLayer hole = Of(Sparse("hole", TarSparseForm.Pax10, 300_000, (0, "data")));
        _s.With(Of(Pad), hole, Of(Whiteout("hole"))).Extract();
        Assert.NotNull(_s.With(Of(Pad), hole).Extract().Change);

        ShouldNotBelieve(static r => r);
    }

    private void ShouldNotBelieve(Func<RootfsRequest, RootfsRequest> request)
    {
        string stateFile = _s["out/.rootfs.oci"];
        System.IO.File.WriteAllText(stateFile, System.IO.File.ReadAllText(stateFile).Replace(Oci.Rootfs.State.BootId.Current, "another", StringComparison.Ordinal));
        Assert.True(_s.Extract(request).Extracted);
        Assert.Contains(_s.Messages, static m => m.Text.Contains("started anew", StringComparison.Ordinal));
    }

    /// <summary>The look at the tree is over, and its change has not begun. The directory is somebody's who may move names in it.</summary>
    [Theory]
    [InlineData("mv -f evil tool")]
    [InlineData("ln -f ../../../../outside tool")]
    [InlineData("ln -sf ../../../../outside tool")]
    [InlineData("mkdir dir && mv tool dir && mv dir tool")]
    [InlineData("printf evil | dd of=tool conv=notrunc status=none")]
    [InlineData("mv -f evil second")]
    [InlineData("mv -f evil third")]
    [InlineData("mv -f evil lone")]
    [InlineData("printf evil | dd of=lone conv=notrunc status=none")]
    public void What_somebody_puts_into_the_tree_after_the_look_at_it_gets_no_metadata_and_no_stamp(string command)
    {
        ImageLayer Tool(long mtime) => Of(Dir("opt/app") with { Uid = 1000 }, File("opt/app/tool", "tool", mode: "04755", mtime: mtime), Hardlink("opt/app/second", "opt/app/tool"), File("opt/app/third", "3", mtime: mtime), File("opt/app/lone", "lone", mtime: mtime));
        ImageLayer more = Of(Hardlink("opt/link", "opt/app/third"), Whiteout("opt/app/second"));
        _s.With(Of(Pad), Tool(5), Of(File("evil", "evil"))).Extract();
        System.IO.File.WriteAllText(_s["outside"], "outside");
        System.IO.File.WriteAllText(_s["out/rootfs/opt/app/evil"], "evil");
        string outside = DiskTree.Snapshot(_s.Place).Single(static l => l.StartsWith("outside ", StringComparison.Ordinal));
        _s.With(Of(Pad), Tool(6), more);
        bool isDone = false;
        void Attack(RootfsMessage message)
        {
            _s.Messages.Add(message);
            if (isDone || !message.Text.EndsWith("was read: it was not known.", StringComparison.Ordinal))
                return;
            isDone = true;
            CommandResult result = Command.Run("sh", "-c", $"cd '{_s["out/rootfs/opt/app"]}' && {command}");
            Assert.True(result.ExitCode == 0, result.Error);
        }

        _s.Extract(r => r with { Log = Attack });

        Assert.True(isDone);
        IReadOnlyList<string> tree = WholeTree.Of(_s.Rootfs);
        Assert.False(_s.Extract(static r => r with { Verify = RootfsVerification.Content }).Extracted);
        _s.Extract(r => r with { RootfsDirectory = _s["cold/rootfs"], Outputs = [] });
        Assert.Equal(WholeTree.Of(_s["cold/rootfs"]), tree);
        if (!command.StartsWith("ln -f", StringComparison.Ordinal))
            Assert.Equal(outside, DiskTree.Snapshot(_s.Place).Single(static l => l.StartsWith("outside ", StringComparison.Ordinal)));
        Assert.Equal(0b110_100_100, (int)System.IO.File.GetUnixFileMode(_s["outside"]) & 0b110_100_100);
        Assert.True(((int)System.IO.File.GetUnixFileMode(_s["outside"]) & 0b111_001_000_000) == 0);
    }

    /// <summary>A whole directory can't be put back by names, because the engine follows none that leads elsewhere.</summary>
    [Fact]
    public void Where_somebody_exchanges_a_directory_after_the_look_at_it_no_tree_stands()
    {
        _s.With(Of(Pad), Of(Dir("opt/app"), File("opt/app/tool", "1"))).Extract();
        _s.With(Of(Pad), Of(Dir("opt/app"), File("opt/app/tool", "2")));
        void Attack(RootfsMessage message)
        {
            if (message.Text.EndsWith("was read: it was not known.", StringComparison.Ordinal))
                Command.Run("sh", "-c", $"cd '{_s["out/rootfs/opt"]}' && mv app old && cp -a old app");
        }

        Assert.Equal("OCI5021", _s.Fails(r => r with { Log = Attack }).Code);

        Assert.False(Directory.Exists(_s.Rootfs));
        Assert.True(_s.Extract().Extracted);
        Assert.Equal("2", _s.Read("opt/app/tool"));
        _s.ShouldHaveNoLitter();
    }

    private void ShouldUpdateAsUser(ImageLayer[] old, ImageLayer[] changed, params string[] options)
    {
        _s.With(old);
        CommandResult first = _s.ExtractAsUser(options);
        Assert.True(first.ExitCode == 0, first.Error);
        _s.With(changed);

        CommandResult result = _s.ExtractAsUser(options);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.DoesNotContain("OCI7101", result.Output, StringComparison.Ordinal);
        string record = System.IO.File.ReadAllText(_s.Record);
        IReadOnlyList<string> tree = DiskTree.Of(_s.Rootfs);
        Assert.Equal(0, _s.CleanAsUser().ExitCode);
        Assert.Equal(0, _s.ExtractAsUser(options).ExitCode);
        Assert.Equal(System.IO.File.ReadAllText(_s.Record), record);
        Assert.Equal(DiskTree.Of(_s.Rootfs), tree);
    }
}
