using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>Something is mounted in the tree, as by who works in a chroot: neither replacing nor cleaning may empty it.</summary>
public sealed class MountAttackTests : IDisposable
{
    private readonly Attack _attack = new();
    private readonly List<string> _mounts = [];

    public void Dispose()
    {
        foreach (string mount in Enumerable.Reverse(_mounts))
            Command.Run("umount", "-l", mount);
        _attack.Dispose();
    }

    private void Mount(string target)
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to mount");
        CommandResult result = Command.Run("mount", "--bind", _attack.Canary, target);
        Assert.True(result.ExitCode == 0, result.Error);
        _mounts.Add(target);
    }

    private void IsRefusedAndUntouched(Action action)
    {
        string[] before = Everything();
        OciException error = Assert.Throws<OciException>(action);
        Assert.Equal("OCI5008", error.Code);
        Assert.Equal(before, Everything());
    }

    /// <summary>The mark may say that the tree is no longer certain; all else is as it was.</summary>
    private string[] Everything() => [.. _attack.S.Snapshot().Where(static l => !l.StartsWith("out/.rootfs.oci f", StringComparison.Ordinal) && !l.StartsWith("out d", StringComparison.Ordinal))];

    private void Extracted() => _attack.S.With(Of(Dir("d/e"), File("d/e/f", "1"), Dir("odd \\name\n\t#")), Of(File("g"))).Extract();

    [Theory]
    [InlineData("")]
    [InlineData("/d")]
    [InlineData("/d/e")]
    [InlineData("/odd \\name\n\t#")]
    public void A_mount_on_or_in_the_tree_stops_its_replacement(string where)
    {
        Extracted();
        Mount(_attack.S.Rootfs + where);
        _attack.S.With(Of(File("other")));

        IsRefusedAndUntouched(() => _attack.S.Extract());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/d")]
    [InlineData("/d/e")]
    [InlineData("/odd \\name\n\t#")]
    public void A_mount_on_or_in_the_tree_stops_Clean(string where)
    {
        Extracted();
        Mount(_attack.S.Rootfs + where);

        IsRefusedAndUntouched(() => RootfsExtractor.Clean(_attack.S.Rootfs, cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_mount_on_a_directory_that_is_not_ours_is_not_written_into()
    {
        Directory.CreateDirectory(_attack.S.Rootfs);
        Mount(_attack.S.Rootfs);
        _attack.S.With(Of(File("other")));

        Assert.Equal("OCI5008", _attack.S.Fails().Code);
        Assert.Equal("canary", System.IO.File.ReadAllText(_attack.S["canary/file"]));
    }

    [Theory]
    [InlineData(".rootfs.oci-new")]
    [InlineData(".rootfs.oci-aside")]
    public void A_mount_in_what_a_killed_build_left_stops_the_next_one(string left)
    {
        Extracted();
        Directory.CreateDirectory(_attack.S[$"out/{left}/deep"]);
        Mount(_attack.S[$"out/{left}/deep"]);
        _attack.S.With(Of(File("other")));

        IsRefusedAndUntouched(() => _attack.S.Extract());
    }

    [Theory]
    [InlineData(".rootfs.oci-new")]
    [InlineData(".rootfs.oci-aside")]
    public void A_mount_in_what_a_killed_build_left_is_a_warning_where_nothing_is_to_do(string left)
    {
        Extracted();
        Directory.CreateDirectory(_attack.S[$"out/{left}/deep"]);
        Mount(_attack.S[$"out/{left}/deep"]);
        string[] before = Everything();

        Assert.False(_attack.S.Extract().Extracted);

        Assert.Equal(before, Everything());
        RootfsMessage warning = Assert.Single(_attack.S.Messages, static m => m.Kind == RootfsMessageKind.Warning);
        Assert.Equal("OCI5103", warning.Code);
        Assert.Contains($"out/{left}/deep'", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mount_in_the_tree_does_not_keep_what_a_killed_build_left_beside_it()
    {
        Extracted();
        Directory.CreateDirectory(_attack.S["out/.rootfs.oci-new/deep"]);
        Mount(_attack.S["out/rootfs/d"]);

        Assert.False(_attack.S.Extract().Extracted);

        _attack.S.ShouldHaveNoLitter();
        Assert.Equal("canary", System.IO.File.ReadAllText(_attack.S["canary/file"]));
        Assert.DoesNotContain(_attack.S.Messages, static m => m.Kind == RootfsMessageKind.Warning);
    }

    [Fact]
    public void A_mount_is_seen_through_a_parent_that_is_a_link()
    {
        Extracted();
        System.IO.File.CreateSymbolicLink(_attack.S["link"], "out");
        Mount(_attack.S["out/rootfs/d"]);
        _attack.S.With(Of(File("other")));

        IsRefusedAndUntouched(() => _attack.S.Extract(r => r with { RootfsDirectory = _attack.S["link/rootfs"] }));
    }

    [Fact]
    public void A_mount_is_seen_below_a_parent_whose_name_is_no_text()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to mount");
        // The name of the directory is one byte 0xff: .NET can't say it, a link leads there.
        Assert.Equal(0, Command.Run("bash", "-c", $"cd '{_attack.S.Place}' && mkdir $'\\xff' && ln -s $'\\xff' link").ExitCode);
        _attack.S.With(Of(Dir("d"), File("g")));
        RootfsRequest At(RootfsRequest r) => r with { RootfsDirectory = _attack.S["link/rootfs"] };
        _attack.S.Extract(At);
        Mount(_attack.S["link/rootfs/d"]);
        _attack.S.With(Of(File("other")));

        Assert.Equal("OCI5008", _attack.S.Fails(At).Code);
        Assert.Equal("canary", System.IO.File.ReadAllText(_attack.S["canary/file"]));
    }

    [Fact]
    public void A_mount_above_the_destination_is_fine()
    {
        Directory.CreateDirectory(_attack.S["place"]);
        Mount(_attack.S["place"]);
        _attack.S.With(Of(File("f")));

        Assert.True(_attack.S.Extract(r => r with { RootfsDirectory = _attack.S["place/rootfs"] }).Extracted);
        Assert.True(RootfsExtractor.Clean(_attack.S["place/rootfs"], cancellation: TestContext.Current.CancellationToken));
    }
}
