using Oci.Rootfs.Errors;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>What somebody else has done to a tree is found before an update relies on it, and when the user asks.</summary>
public sealed class DriftTests : IDisposable
{
    private readonly UpdatePair _pair = new UpdatePair().WithOld();

    public void Dispose() => _pair.Dispose();

    /// <summary>A command in the tree, and what the warning says of it.</summary>
    public static TheoryData<string, string> Changes => new()
    {
        { "printf x >>etc/conf", "'etc/conf' changed" },
        { "printf 9 >etc/conf; touch -d @6 etc/conf", "'etc/conf' changed" },
        { "chmod 600 usr/lib/f1/1", "'usr/lib/f1/1' changed" },
        { "chmod 700 usr/lib", "'usr/lib' changed" },
        { "setfattr -n user.x -v 1 usr/lib/f1/1 || touch usr/lib/f1/1", "'usr/lib/f1/1' changed" },
        { "touch -h lib", "'lib' changed" },
        { "rm lib; cp -r usr/lib lib", "'lib' " },
        { "touch usr/lib/mine", "'usr/lib/mine' added" },
        { "mkdir -p mine/deep; touch mine/deep/x", "'/mine' added" },
        { "rm etc/conf", "'etc/conf' missing" },
        { "rm -r gone", "'bin/other' changed" },
        { "mv usr/lib/f1/1 usr/lib/f1/one", "'usr/lib/f1/1' missing" },
        { "mv etc/conf t; mv etc/mode etc/conf; mv t etc/mode", "'etc/conf' replaced" },
        { "cp -a usr/lib usr/copy; rm -r usr/lib; mv usr/copy usr/lib", "'usr/lib' replaced" },
        { "mv etc was-dir/etc; ln -s was-dir/etc etc", "'etc' replaced" },
        { "ln large usr/linked", "'large' changed" },
        { "rm bin/other; printf x >bin/other", "'bin/other' " },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void An_update_makes_it_right_with_a_warning_that_names_it(string command, string named)
    {
        Do(command);

        RootfsResult result = _pair.Update(static r => r with { MostReadPercent = 100 });

        Assert.NotNull(result.Change);
        Assert.Equal(UpdatePair.NewTree, WholeTree.Of(_pair.Rootfs));
        Assert.Contains(named, Assert.Single(_pair.Messages, static m => m.Code == "OCI7101").Text, StringComparison.Ordinal);
        _pair.NextBuildMakes(UpdatePair.NewImage);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void With_Fail_the_build_stops_and_touches_nothing(string command, string named)
    {
        Do(command);
        IReadOnlyList<string> before = DiskTree.Snapshot(_pair.Out);

        OciException error = Assert.Throws<OciException>(() => _pair.Update(static r => r with { Drift = DriftPolicy.Fail }));

        Assert.Equal("OCI7102", error.Code);
        Assert.Contains(named, error.Found, StringComparison.Ordinal);
        Assert.Equal(before, DiskTree.Snapshot(_pair.Out));
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void Verified_a_tree_whose_image_did_not_change_is_made_right_too(string command, string named)
    {
        Do(command);
        // Without being asked to, no build looks.
        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage }).Extracted);
        Assert.Equal("OCI7004", Assert.Throws<OciException>(() => _pair.Update(static r => r with { Image = UpdatePair.OldImage, Verify = RootfsVerification.Metadata, FailIfNotUpToDate = true })).Code);

        RootfsResult result = _pair.Update(static r => r with { Image = UpdatePair.OldImage, Verify = RootfsVerification.Metadata, MostReadPercent = 100 });

        Assert.True(result.Extracted);
        Assert.Equal(UpdatePair.OldTree, WholeTree.Of(_pair.Rootfs));
        Assert.Contains(named, Assert.Single(_pair.Messages, static m => m.Code == "OCI7101").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Verified_a_tree_that_is_replaced_whole_is_looked_at_too()
    {
        Do("echo mine > etc/conf");

        RootfsResult result = _pair.Update(static r => r with { Verify = RootfsVerification.Metadata, MostReadPercent = 0 });

        Assert.Null(result.Change);
        Assert.True(_pair.IsNew());
        Assert.Contains("'etc/conf' changed", Assert.Single(_pair.Messages, static m => m.Code == "OCI7101").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_that_nobody_has_changed_is_up_to_date_when_it_is_verified()
    {
        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage, Verify = RootfsVerification.Metadata }).Extracted);
        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage, Verify = RootfsVerification.Content }).Extracted);
        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage, Verify = RootfsVerification.Content, FailIfNotUpToDate = true }).Extracted);
    }

    [Fact]
    public void As_a_user_a_root_that_lets_nobody_in_is_made_anew()
    {
        using UpdatePair pair = new();
        Directory.CreateDirectory(pair.Out);
        Command.Run("chmod", "-R", "a+rwX", pair["."]);
        Assert.Equal(0, Command.RunnerAsUser(pair.Arguments(UpdatePair.OldImage)).ExitCode);
        Command.Run("chmod", "0000", pair.Rootfs);

        CommandResult result = Command.RunnerAsUser(pair.Arguments(UpdatePair.NewImage));

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("warning OCI7101: 1 path of", result.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(pair.Rootfs, "bin/new")));
    }

    [Fact]
    public void Without_updates_a_tree_is_verified_all_the_same()
    {
        RootfsRequest Whole(RootfsRequest r) => r with { Image = UpdatePair.OldImage, Incremental = false, Verify = RootfsVerification.Metadata };
        Assert.False(_pair.Update(Whole).Extracted);
        Do("touch mine");

        RootfsResult result = _pair.Update(Whole);

        Assert.True(result.Extracted && result.Change is null);
        Assert.Single(_pair.Messages, static m => m.Code == "OCI7101");
        Assert.True(_pair.IsOld());
        Assert.False(_pair.Update(Whole).Extracted);
    }

    [Fact]
    public void Files_of_others_that_go_are_said_to_go()
    {
        Do("touch mine; mkdir usr/mine");

        _pair.Update(static r => r with { MostReadPercent = 100 });

        Assert.Contains("2 or more", Assert.Single(_pair.Messages, static m => m.Code == "OCI5101").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_linked_copy_of_the_tree_keeps_its_contents_and_metadata()
    {
        Do("cp -al . ../copy");
        IReadOnlyList<string> before = DiskTree.Of(_pair["out/copy"]);
        string[] contents = ["etc/conf", "etc/mode", "bin/tool"];
        string[] was = [.. contents.Select(file => File.ReadAllText(_pair["out/copy/" + file]))];

        _pair.Update(static r => r with { MostReadPercent = 100 });

        Assert.Equal(UpdatePair.NewTree, WholeTree.Of(_pair.Rootfs));
        Assert.Equal(before, DiskTree.Of(_pair["out/copy"]));
        Assert.Equal(was, contents.Select(file => File.ReadAllText(_pair["out/copy/" + file])));
        Command.Run("rm", "-rf", _pair["out/copy"]);
    }

    [Fact]
    public void Content_alone_finds_bytes_that_changed_below_the_file_system()
    {
        // As a disk does it: the state file is made to say that all is as it was left.
        Do("printf 9 >etc/conf; touch -d @6 etc/conf; printf X | dd of=usr/lib/f2/2 bs=1 conv=notrunc status=none; touch -d @2 usr/lib/f2/2");
        Restamp();
        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage, Verify = RootfsVerification.Metadata }).Extracted);

        RootfsResult result = _pair.Update(static r => r with { Image = UpdatePair.OldImage, Verify = RootfsVerification.Content, MostReadPercent = 100 });

        Assert.NotNull(result.Change);
        Assert.Equal(UpdatePair.OldTree, WholeTree.Of(_pair.Rootfs));
        Assert.Contains("2 paths", Assert.Single(_pair.Messages, static m => m.Code == "OCI7101").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_finds_them_in_an_update_too()
    {
        Do("printf X | dd of=usr/lib/f2/2 bs=1 conv=notrunc status=none; touch -d @2 usr/lib/f2/2");
        Restamp();

        _pair.Update(static r => r with { Verify = RootfsVerification.Content, MostReadPercent = 100 });

        Assert.Equal(UpdatePair.NewTree, WholeTree.Of(_pair.Rootfs));
        Assert.Contains("'usr/lib/f2/2' changed", Assert.Single(_pair.Messages, static m => m.Code == "OCI7101").Text, StringComparison.Ordinal);
    }

    /// <summary>A copy is adopted without a look at bytes. So its stamps are taken anew.</summary>
    private void Restamp()
    {
        Do("cd ..; cp -a rootfs r; chmod -R u+w rootfs; rm -rf rootfs; mv r rootfs");
        Assert.False(_pair.Update(static r => r with { Image = UpdatePair.OldImage }).Extracted);
    }

    private void Do(string command)
    {
        CommandResult result = Command.Run("sh", "-c", $"cd '{_pair.Rootfs}' && {command}");
        Assert.True(result.ExitCode == 0, result.Error);
    }
}
