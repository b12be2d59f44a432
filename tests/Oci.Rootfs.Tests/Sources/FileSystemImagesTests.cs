using Oci.Images;
using Oci.Rootfs.Cache;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Sources;

namespace Oci.Rootfs.Tests.Sources;

/// <summary>Images of file systems, which begin with a kilobyte of whatever their maker likes, given as the image.</summary>
public sealed class FileSystemImagesTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    private OciException Error(byte[] content)
    {
        File.WriteAllBytes(_temp["image"], content);
        RootfsLimits limits = new();
        ArchiveCache cache = new(_temp["cache"], new EngineContext(limits, RootfsLog.None, TestContext.Current.CancellationToken) { UseNativeDecoders = false }, mayWrite: true);
        OciException e = Assert.Throws<OciException>(() => ImageSources.Open(new ImageReference(_temp["image"]) { DisplayName = "image" }, new EngineContext(limits, RootfsLog.None), cache));
        Assert.Equal("OCI1005", e.Code);
        return e;
    }

    /// <summary>Two times four kilobytes, of which the first has a superblock's magic number.</summary>
    private static byte[] FileSystem(int at, params byte[] magic)
    {
        byte[] image = new byte[8192];
        magic.CopyTo(image, at);
        return image;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_ext4_image_is_named_compressed_or_not(bool compressed)
    {
        byte[] image = FileSystem(1080, 0x53, 0xef);
        Assert.EndsWith("an ext4 file system image", Error(compressed ? ImageLayer.GzipOf(image) : image).Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_erofs_image_is_named_compressed_or_not(bool compressed)
    {
        byte[] image = FileSystem(1024, 0xe2, 0xe1, 0xf5, 0xe0);
        Assert.EndsWith("an erofs image", Error(compressed ? ImageLayer.GzipOf(image) : image).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Zeros_are_called_so_only_as_far_as_they_were_looked_at()
    {
        Assert.Equal("zeros", Error(new byte[8192]).Found);
        Assert.Equal("data of an unknown kind", Error(FileSystem(600, 1)).Found);
    }
}
