using Oci.Images;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>Trees that were copied, or that a CI system's cache has restored.</summary>
public sealed class CopiedTreeTests : IDisposable
{
    private readonly UpdatePair _pair = new UpdatePair().WithOld();

    public void Dispose() => _pair.Dispose();

    /// <summary>As caches do it.</summary>
    public static TheoryData<string> Restorations => new()
    {
        "cp -a out copy && chmod -R u+w out && rm -rf out && mv copy out",
        "tar --posix --xattrs --acls -cf t.tar out && chmod -R u+w out && rm -rf out && tar --xattrs --xattrs-include='*' --acls -xpf t.tar && rm t.tar",
        // Whole seconds.
        "tar --format=gnu --acls --xattrs -cf t.tar out 2>/dev/null; tar --posix --pax-option=delete=mtime,delete=atime,delete=ctime --xattrs -cf t.tar out && chmod -R u+w out && rm -rf out && tar --xattrs --xattrs-include='*' -xpf t.tar && rm t.tar",
    };

    [Theory]
    [MemberData(nameof(Restorations))]
    public void A_restored_tree_is_up_to_date(string command)
    {
        Do(command);

        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage }).Extracted);

        Assert.True(_pair.IsOld());
        Assert.Contains(_pair.Messages, static m => m.Text.Contains("is an exact copy", StringComparison.Ordinal));
        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage, Verify = RootfsVerification.Content }).Extracted);
    }

    /// <summary>The group's bits of the mode on disk are then the list's mask.</summary>
    [Fact]
    public void A_copy_with_an_access_control_list_that_says_otherwise_than_the_mode_is_exact()
    {
        using Scenario s = new();
        byte[] acl = [2, 0, 0, 0, .. Entry(1, 6), .. Entry(2, 4, 1000), .. Entry(4, 4), .. Entry(16, 6), .. Entry(32, 0)];
        s.With(Tars.Of(Tars.File("f", "x") with { Xattrs = [Tars.Xattr("system.posix_acl_access", new TarText(acl))] })).Extract();
        Assert.Equal(0, Command.Run("sh", "-c", $"cd '{s.Place}' && cp -a out copy && rm -rf out && mv copy out").ExitCode);

        Assert.False(s.Extract().Extracted);

        static byte[] Entry(ushort tag, ushort permissions, int id = -1) => [.. BitConverter.GetBytes(tag), .. BitConverter.GetBytes(permissions), .. BitConverter.GetBytes(id)];
    }

    [Fact]
    public void What_a_cache_has_restored_over_a_newer_tree_is_not_taken_for_the_older_one()
    {
        Do("tar --posix --xattrs -cf t.tar out");
        Assert.NotNull(_pair.Update().Change);
        // A file can't take the place of a directory: of such paths the cache restores none.
        Do("chmod -R u+w out; tar --xattrs --xattrs-include='*' -xpf t.tar 2>/dev/null; rm t.tar");

        Assert.True(_pair.Update(static r => r with { Image = UpdatePair.OldImage }).Extracted);

        Assert.True(_pair.IsOld());
    }

    [Theory]
    [MemberData(nameof(Restorations))]
    public void A_restored_tree_is_updated(string command)
    {
        Do(command);

        Assert.NotNull(_pair.Update().Change);

        Assert.True(_pair.IsNew());
        Assert.DoesNotContain(_pair.Messages, static m => m.Kind == RootfsMessageKind.Warning && m.Code != "OCI5105");
    }

    [Theory]
    [MemberData(nameof(Restorations))]
    public void A_restored_tree_is_cleaned(string command)
    {
        Do(command);

        Assert.True(RootfsExtractor.Clean(_pair.Rootfs, cancellation: TestContext.Current.CancellationToken));

        Assert.False(Directory.Exists(_pair.Rootfs));
    }

    /// <summary>What was done to a copy, and how the error names it.</summary>
    public static TheoryData<string, string> Differences => new()
    {
        { "touch rootfs/mine", "'/mine' added" },
        { "rm rootfs/etc/conf", "'etc/conf' missing" },
        { "chmod 600 rootfs/etc/conf", "'etc/conf' another mode" },
        { "touch -h -d @99 rootfs/lib", "'lib' another time" },
        { "printf longer >rootfs/etc/conf; touch -d @6 rootfs/etc/conf", "'etc/conf' another size" },
        { "rm rootfs/lib; ln -s usr/lic rootfs/lib; touch -h -d @0 rootfs/lib rootfs", "'lib' another target" },
        { "chmod u+w rootfs/bin; rm rootfs/bin/other; cp -p rootfs/bin/tool rootfs/bin/other; touch -d @4 rootfs/bin; chmod 555 rootfs/bin", "'bin/other' other hardlinks" },
        { "ln rootfs/large large-too", "'large' other hardlinks" },
        { "setfattr -x user.note rootfs/noted", "'noted' other attributes" },
        { "rm rootfs/fifo; printf x >rootfs/fifo; touch -d @0 rootfs/fifo rootfs", "'fifo' another kind" },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void A_copy_that_differs_is_somebody_elses(string command, string named)
    {
        Do("cp -a out copy && chmod -R u+w out && rm -rf out && mv copy out");
        if (command.StartsWith("setfattr", StringComparison.Ordinal))
            Assert.SkipUnless(File.Exists("/usr/bin/setfattr"), "needs setfattr(1)");
        Do("cd out && " + command);
        IReadOnlyList<string> before = DiskTree.Snapshot(_pair.Out);

        OciException build = Assert.Throws<OciException>(() => _pair.Update());
        OciException clean = Assert.Throws<OciException>(() => RootfsExtractor.Clean(_pair.Rootfs, cancellation: TestContext.Current.CancellationToken));

        Assert.Equal(("OCI5001", "OCI5001"), (build.Code, clean.Code));
        Assert.Contains(named, build.Found, StringComparison.Ordinal);
        Assert.Equal(before, DiskTree.Snapshot(_pair.Out));
    }

    [Fact]
    public void Without_the_file_beside_it_a_copy_is_somebody_elses()
    {
        Do("cp -a out copy && chmod -R u+w out && rm -rf out && mv copy out && rm out/.rootfs.oci-state");

        Assert.Equal("OCI5001", Assert.Throws<OciException>(() => _pair.Update()).Code);
    }

    [Fact]
    public void A_file_of_the_right_size_and_time_with_other_bytes_is_found_by_Content_alone()
    {
        Do("cp -a out copy && chmod -R u+w out && rm -rf out && mv copy out && printf 9 >out/rootfs/etc/conf && touch -d @6 out/rootfs/etc/conf");

        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage }).Extracted);
        Assert.Equal("9", File.ReadAllText(_pair["out/rootfs/etc/conf"]));

        Assert.True(_pair.Update(static r => r with { Image = UpdatePair.OldImage, Verify = RootfsVerification.Content, MostReadPercent = 100 }).Extracted);
        Assert.True(_pair.IsOld());
    }

    [Fact]
    public void A_tree_restored_by_another_user_is_known_where_owners_were_not_set()
    {
        Assert.SkipUnless(Command.IsRoot, "needs root, to be two users");
        RootfsExtractor.Clean(_pair.Rootfs, cancellation: TestContext.Current.CancellationToken);
        Do("chmod -R u+w out && rm -rf out; mkdir -p out; chmod 777 . out");
        Assert.Equal(0, Command.RunnerAsUser(_pair.Arguments(UpdatePair.OldImage)).ExitCode);
        Do("chown -R 1234:1234 out");

        CommandResult result = Command.RunnerUnder(["setpriv", "--reuid", "1234", "--regid", "1234", "--clear-groups"], _pair.Arguments(UpdatePair.NewImage));

        // Not what the other user's build left, but ours to replace.
        Assert.True(result.ExitCode == 0, result.Error);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("touch out/all/mine", "OCI5001")]
    [InlineData("touch out/all/linux-arm64/mine", "OCI5001")]
    public void The_trees_of_all_platforms_are_restored_together(string command, string? code)
    {
        Oci.Images.ImageLayout.Of(
            Oci.Images.Image.Of(Oci.Images.Tars.Of(Oci.Images.Tars.File("a", "1"))).For("linux/amd64"), Oci.Images.Image.Of(Oci.Images.Tars.Of(Oci.Images.Tars.File("a", "2"))).For("linux/arm64"))
            .SaveArchive(_pair["all.tar"]);
        RootfsRequest request = new() { Image = _pair["all.tar"], RootfsDirectory = _pair["out/all"], Name = "all", Platform = RootfsExtractor.AllPlatforms };
        RootfsExtractor.ExtractAll(request, TestContext.Current.CancellationToken);
        Do("cp -a out copy && chmod -R u+w out && rm -rf out && mv copy out");
        if (command.Length > 0)
            Do(command);

        if (code is not null)
        {
            Assert.Equal(code, Assert.Throws<OciException>(() => RootfsExtractor.ExtractAll(request, TestContext.Current.CancellationToken)).Code);
            return;
        }
        Assert.All(RootfsExtractor.ExtractAll(request, TestContext.Current.CancellationToken), static extraction => Assert.False(extraction.Result.Extracted));
        Do("cp -a out copy && chmod -R u+w out && rm -rf out && mv copy out");
        Assert.True(RootfsExtractor.Clean(request.RootfsDirectory!, cancellation: TestContext.Current.CancellationToken));
        Assert.False(Directory.Exists(request.RootfsDirectory));
    }

    private void Do(string command)
    {
        CommandResult result = Command.Run("sh", "-c", $"cd '{_pair["."]}' && {command}");
        Assert.True(result.ExitCode == 0, result.Error);
    }
}
