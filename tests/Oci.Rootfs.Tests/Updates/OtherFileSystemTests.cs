using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using Oci.Rootfs.Tests.Faults;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Updates;

/// <summary>Updates where inode numbers or times are not what they are elsewhere. Mounting needs root.</summary>
public sealed class OtherFileSystemTests
{
    [Fact]
    public void On_overlayfs_a_tree_is_updated_and_not_taken_for_changed()
    {
        using TempDirectory parts = new();
        foreach (string part in (string[])["lower", "upper", "work"])
            Directory.CreateDirectory(parts[part]);
        using Mounted disk = Mounted.Overlay(parts["lower"], parts["upper"], parts["work"]);
        ShouldUpdate(disk);
    }

    [Fact]
    public void On_FUSE_a_tree_is_updated_and_not_taken_for_changed()
    {
        using TempDirectory below = new();
        using Mounted disk = Mounted.Fuse(below.Path);
        ShouldUpdate(disk);
    }

    /// <summary>Times there are whole seconds.</summary>
    [Fact]
    public void On_ext4_with_small_inodes_a_tree_is_updated()
    {
        using Mounted disk = Mounted.SmallExt4();
        ShouldUpdate(disk, exact: false);
    }

    [Fact]
    public void On_ext4_with_small_inodes_an_update_warns_of_every_time_that_it_can_not_hold()
    {
        using Mounted disk = Mounted.SmallExt4();
        const long Late = 1L << 40;
        ImageLayer known = Of(Dir("d", mtime: Late), File("d/f", "f", mtime: Late), Hardlink("d/g", "d/f", mtime: Late), Symlink("s", "d", mtime: Late), File("pad", TarContent.Generated(300_000, 1)), Dir("kept", mtime: Late), File("kept/one", mtime: Late));
        using Scenario s = new Scenario(disk.Path).With(known, Of(File("top", "1")));
        s.Extract();
        s.With(known, Of(File("top", "2", mtime: Late), Hardlink("h", "d/f", mtime: Late), File("d/new")));
        s.Messages.Clear();

        Assert.NotNull(s.Extract().Change);

        string[] update = [.. Warnings(s)];
        s.Messages.Clear();
        s.Extract(static r => r with { Incremental = false, Name = "again" });
        Assert.Equal(string.Join("\n", Warnings(s)), string.Join("\n", update));
        Assert.InRange(update.Length, 6, 8);
    }

    private static IEnumerable<string> Warnings(Scenario s) => s.Messages.Where(static m => m.Code == "OCI5102").Select(static m => m.Text).Order(StringComparer.Ordinal);

    [Fact]
    public void On_btrfs_a_tree_is_updated()
    {
        using Mounted disk = Mounted.Btrfs();
        ShouldUpdate(disk);
    }

    private static void ShouldUpdate(Mounted disk, bool exact = true)
    {
        List<RootfsMessage> messages = [];
        RootfsRequest request = new()
        {
            Image = UpdatePair.OldImage,
            RootfsDirectory = disk["out/rootfs"],
            Name = "image",
            Outputs = [new(OutputKind.Mtree, disk["out/mtree"])],
            Verify = RootfsVerification.Metadata,
            Log = messages.Add,
        };
        RootfsExtractor.Extract(request, TestContext.Current.CancellationToken);
        Assert.False(RootfsExtractor.Extract(request, TestContext.Current.CancellationToken).Extracted);

        RootfsResult result = RootfsExtractor.Extract(request with { Image = UpdatePair.NewImage }, TestContext.Current.CancellationToken);

        Assert.NotNull(result.Change);
        if (exact)
            Assert.Equal(UpdatePair.NewTree, WholeTree.Of(request.RootfsDirectory!));
        Assert.DoesNotContain(messages, static m => m.Code == "OCI7101");
        Assert.False(RootfsExtractor.Extract(request with { Image = UpdatePair.NewImage }, TestContext.Current.CancellationToken).Extracted);
        System.IO.File.WriteAllText(disk["out/rootfs/etc/conf"], "mine");
        Assert.True(RootfsExtractor.Extract(request with { Image = UpdatePair.NewImage, MostReadPercent = 100 }, TestContext.Current.CancellationToken).Extracted);
        Assert.Contains(messages, static m => m.Code == "OCI7101");
        Assert.Equal("3", System.IO.File.ReadAllText(disk["out/rootfs/etc/conf"]));
    }
}
