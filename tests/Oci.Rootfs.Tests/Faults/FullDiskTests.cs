using System.Globalization;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>A disk that is full, at whatever point: OCI5003, the old tree as it was, and nothing left beside it.</summary>
public sealed class FullDiskTests
{
    public static TheoryData<int> Kilobytes => [.. Enumerable.Range(0, 12).Select(static i => 64 << i / 2 | (i % 2) * (32 << i / 2)), 2900, 3000, 3100, 3200, 3300, 3400, 8192];

    [Theory]
    [MemberData(nameof(Kilobytes))]
    public void A_disk_without_room_for_the_contents(int kilobytes) => Extract(string.Create(CultureInfo.InvariantCulture, $"size={kilobytes}k"));

    [Theory]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(19)]
    [InlineData(20)]
    [InlineData(24)]
    [InlineData(100)]
    [InlineData(235)]
    [InlineData(236)]
    [InlineData(237)]
    [InlineData(238)]
    [InlineData(240)]
    [InlineData(250)]
    public void A_disk_without_inodes_for_the_paths(int inodes) => Extract(string.Create(CultureInfo.InvariantCulture, $"size=64m,nr_inodes={inodes}"));

    [Theory]
    [InlineData("size=4k")]
    [InlineData("size=64m,nr_inodes=1")]
    [InlineData("size=64m,nr_inodes=2")]
    [InlineData("size=64m,nr_inodes=3")]
    [InlineData("size=64m,nr_inodes=4")]
    public void A_disk_with_room_for_next_to_nothing(string options)
    {
        using Mounted disk = Mounted.Tmpfs(options);
        using TwoImages images = new(disk.Path);

        OciException error = Assert.Throws<OciException>(() => RootfsExtractor.Extract(images.Request, TestContext.Current.CancellationToken));

        Assert.Equal("OCI5003", error.Code);
        Assert.Empty(Directory.GetFileSystemEntries(disk.Path));
        disk.Remount("size=64m,nr_inodes=0");
        images.NextBuildMakesTheNewTree();
    }

    private static void Extract(string options)
    {
        using Mounted disk = Mounted.Tmpfs(options);
        using TwoImages images = new TwoImages(disk.Path).WithOld();

        try
        {
            RootfsExtractor.Extract(images.Request, TestContext.Current.CancellationToken);
            Assert.True(images.IsNew());
        }
        catch (OciException error)
        {
            Assert.Equal("OCI5003", error.Code);
            images.ShouldBeUntouched(hadOld: true);
        }
        disk.Remount("size=64m,nr_inodes=0");
        images.NextBuildMakesTheNewTree();
    }
}
