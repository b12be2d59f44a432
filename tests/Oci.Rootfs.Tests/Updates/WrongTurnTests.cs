using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>Sequences of images at which a careless update would go wrong.</summary>
public sealed class WrongTurnTests : IDisposable
{
    private readonly Scenario _s = new();

    public void Dispose() => _s.Dispose();

    [Fact]
    public void The_parent_of_a_removed_path_is_a_link_now() =>
        ShouldBeExact([Of(File("target/x", "t"), File("d/x", "x"), File("d/y", "y"))], [Of(File("target/x", "t"), File("d/x", "x"), File("d/y", "y")), Of(Symlink("d", "target"))]);

    [Fact]
    public void A_link_whose_place_a_directory_takes_is_not_followed() =>
        ShouldBeExact([Of(File("target/x", "t"), Symlink("d", "target"))], [Of(File("target/x", "t"), Symlink("d", "target")), Of(Dir("d"), File("d/x", "x"))]);

    [Fact]
    public void The_first_path_of_a_hardlinked_file_goes() =>
        ShouldBeExact([Of(File("a", "1"), Hardlink("b", "a"), Hardlink("c", "a"))], [Of(File("a", "1"), Hardlink("b", "a"), Hardlink("c", "a")), Of(Whiteout("a"))]);

    [Fact]
    public void Two_files_of_one_layer_become_one_and_two_again()
    {
        ImageLayer two = Of(File("a", "1"), File("b", "1"), File("pad", TarContent.Generated(99_000, 1)));
        ShouldBeExact([two], [two, Of(Hardlink("b", "a"))], [two], [two, Of(Hardlink("a", "b"), Hardlink("c", "b"))]);
    }

    [Fact]
    public void A_path_of_a_file_in_a_directory_that_goes_is_taken_before_the_stamps()
    {
        ImageLayer linked = Of(File("kept", "1"), Hardlink("d/e/link", "kept"), File("d/f"));
        ShouldBeExact([linked], [linked, Of(Whiteout("d"))]);

        // What stands is still known: the next build finds nothing changed.
        _s.Messages.Clear();
        Assert.False(_s.Extract(static r => r with { Verify = RootfsVerification.Content }).Extracted);
    }

    [Fact]
    public void One_layer_twice_is_two_layers()
    {
        ImageLayer once = Of(File("a", "1"), File("pad", TarContent.Generated(99_000, 1))), other = Of(File("a", "2"));
        ShouldBeExact([once, other], [once, other, once], [once, once], [other, once]);
    }

    [Fact]
    public void One_diff_id_in_two_blobs_is_two_layers()
    {
        byte[] tar = Of(File("a", "1"), File("pad", TarContent.Generated(99_000, 1)));
        ShouldBeExact([tar, Of(File("b"))], [tar, ImageLayer.Gzip(tar), Of(File("b"))], [ImageLayer.Gzip(tar), Of(File("b"))]);
    }

    [Fact]
    public void KeepDirectorySymlinks_is_asked_for_later()
    {
        _s.With(Of(File("usr/lib/x"), Symlink("lib", "usr/lib")), Of(Dir("lib"), File("lib/y"))).Extract();
        Assert.True(Directory.Exists(_s["out/rootfs/lib"]) && new DirectoryInfo(_s["out/rootfs/lib"]).LinkTarget is null);

        Assert.Equal(0, _s.Extract(static r => r with { KeepDirectorySymlinks = true, MostReadPercent = 100 }).Change?.LayersRead is null ? 1 : 0);

        Assert.Equal("usr/lib", new DirectoryInfo(_s["out/rootfs/lib"]).LinkTarget);
        Assert.True(System.IO.File.Exists(_s["out/rootfs/usr/lib/y"]));
    }

    [Fact]
    public void A_whiteouts_removal_brings_back_a_directory_with_files_of_three_layers()
    {
        ImageLayer a = Of(File("d/a", "a"), File("pad", TarContent.Generated(99_000, 1))), b = Of(File("d/b", "b"), Dir("d", mode: "0700", mtime: 9)), c = Of(File("d/e/c", "c"));
        ShouldBeExact([a, b, c, Of(Whiteout("d"))], [a, b, c]);
    }

    [Fact]
    public void A_file_that_keeps_its_content_loses_attributes_and_setuid()
    {
        ImageLayer before = Of(File("f", "1", mode: "04755") with { Xattrs = [Xattr("user.a", "1"), Xattr("user.b", "2")] }, Dir("d") with { Xattrs = [Xattr("user.a", "1")] });
        ShouldBeExact([before], [before, Of(File("f", "1", mode: "0700") with { Xattrs = [Xattr("user.b", "3")] }, Dir("d"))], [before]);
    }

    [Fact]
    public void A_default_ACL_of_a_directory_is_passed_on_to_nothing()
    {
        // user::rwx, user:1000:rwx, group::r-x, mask::rwx, other::r-x, in the kernel's form.
        byte[] acl = [2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 7, 0, 232, 3, 0, 0, 4, 0, 5, 0, 255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 5, 0, 255, 255, 255, 255];
        ImageLayer shared = Of(Dir("d", mode: "02775", gid: 7) with { Xattrs = [Xattr("system.posix_acl_default", new TarText(acl))] }, File("pad", TarContent.Generated(99_000, 1)));
        ShouldBeExact([shared], [shared, Of(Dir("d/sub"), File("d/f", "1"), Fifo("d/fifo"), Symlink("d/l", "f"), Dir("d/sub/two"))]);
    }

    [Fact]
    public void A_directory_deeper_than_handles_are_kept_is_updated()
    {
        string deep = string.Join('/', Enumerable.Repeat("d", 300));
        ImageLayer @base = Of(File(deep + "/a", "1"), File("pad", TarContent.Generated(400_000, 1)));
        ShouldBeExact([@base], [@base, Of(File(deep + "/b", "2"), Hardlink("up", deep + "/a"))], [@base, Of(Whiteout(deep + "/a"))], [@base, Of(Whiteout("d/d"))]);
    }

    /// <summary>Each image of a sequence gives what it gives in an empty place, and by an update.</summary>
    private void ShouldBeExact(params ImageLayer[][] sequence)
    {
        for (int i = 0; i < sequence.Length; i++)
        {
            _s.With(sequence[i]);
            RootfsResult result = _s.Extract(static r => r with { MostReadPercent = 100 });
            Assert.Equal(i > 0, result.Change is not null);
            string cold = _s["cold" + i.ToString(System.Globalization.CultureInfo.InvariantCulture)];
            RootfsExtractor.Extract(new RootfsRequest { Image = _s.Image, RootfsDirectory = cold + "/rootfs", Name = "image", Outputs = [new(OutputKind.Mtree, cold + "/mtree")] }, TestContext.Current.CancellationToken);
            Assert.Equal(WholeTree.Of(cold + "/rootfs"), WholeTree.Of(_s.Rootfs));
            Assert.Equal(System.IO.File.ReadAllText(cold + "/mtree"), System.IO.File.ReadAllText(_s.Record));
        }
        Assert.DoesNotContain(_s.Messages, static m => m.Code == "OCI7101");
    }
}
