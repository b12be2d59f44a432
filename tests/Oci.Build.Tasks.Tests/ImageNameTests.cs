using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks.Tests;

public sealed class ImageNameTests
{
    [Theory]
    [InlineData("/images/app.tar", "app")]
    [InlineData("/images/app.TAR", "app")]
    [InlineData("/images/app.tar.gz", "app")]
    [InlineData("/images/app.tar.zst", "app")]
    [InlineData("/images/app.tar.bz2", "app")]
    [InlineData("/images/app.tar.xz", "app")]
    [InlineData("/images/app.tgz", "app")]
    [InlineData("/images/app.tzst", "app")]
    [InlineData("/images/app.oci", "app")]
    [InlineData("/images/app.oci.tar", "app")]
    [InlineData("/images/app.oci/", "app")]
    [InlineData("/images/app/", "app")]
    [InlineData("/images/app//", "app")]
    public void The_name_is_the_last_component_without_what_an_archive_ends_in(string path, string name) =>
        Assert.Equal(name, ImageName.FromPath(path));

    [Theory]
    [InlineData("/images/debian-12.5", "debian-12.5")]
    [InlineData("/images/debian-12.5/", "debian-12.5")]
    [InlineData("/images/app.v1.tar", "app.v1")]
    [InlineData("/images/app.gz", "app.gz")]
    [InlineData("/images/it's; $(odd) %41.tar", "it's; $(odd) %41")]
    public void A_version_is_not_an_extension(string path, string name) => Assert.Equal(name, ImageName.FromPath(path));

    [Theory]
    [InlineData("/images/.tar", ".tar")]
    [InlineData("/images/.oci", ".oci")]
    public void Nothing_is_left_of_an_extension_alone_so_it_stays(string path, string name) => Assert.Equal(name, ImageName.FromPath(path));

    [Theory]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("..")]
    public void A_path_without_a_last_component_has_no_name(string path) => Assert.Null(ImageName.FromPath(path));

    [Theory]
    [InlineData("b/", "b")]
    [InlineData("a/b/", "a-b")]
    [InlineData("a/b.1", "a-b.1")]
    [InlineData("/app", "app")]
    [InlineData("a//app", "a-app")]
    [InlineData("..a/b..", "..a-b..")]
    public void Directories_become_one_component(string given, string name) => Assert.Equal(name, ImageName.Choose(given, "/images/app.tar", "app.tar"));

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../up")]
    [InlineData("a/../b")]
    [InlineData("a/.")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("a\0b")]
    [InlineData("a/b\0c")]
    public void A_name_that_would_lead_elsewhere_is_refused(string name)
    {
        OciException error = Assert.Throws<OciException>(() => ImageName.Choose(name, "/images/app.tar", "app.tar"));
        Assert.Equal("OCI7006", error.Code);
    }
}
