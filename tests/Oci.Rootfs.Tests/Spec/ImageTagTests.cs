using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Tests.Spec;

/// <summary>Names of images, as docker and podman take them.</summary>
public sealed class ImageTagTests
{
    [Theory]
    [InlineData("app", "app:latest")]
    [InlineData("app:1", "app:1")]
    [InlineData("a.b_c__d---e/f:V_1.x-y", "a.b_c__d---e/f:V_1.x-y")]
    [InlineData("localhost/app", "localhost/app:latest")]
    [InlineData("registry.example:5000/team/app:1", "registry.example:5000/team/app:1")]
    [InlineData("Registry.Example/app", "Registry.Example/app:latest")]
    public void A_name_has_a_repository_and_a_tag(string text, string expected) => Assert.Equal(expected, ImageTag.Parse(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData(":1")]
    [InlineData("app:")]
    [InlineData("App")]
    [InlineData("app/")]
    [InlineData("/app")]
    [InlineData("a//b")]
    [InlineData("-app")]
    [InlineData("app-")]
    [InlineData("a..b")]
    [InlineData("a._b")]
    [InlineData("a___b")]
    [InlineData("a b")]
    [InlineData("app:.x")]
    [InlineData("app:a b")]
    [InlineData("localhost:/app")]
    [InlineData("localhost:x/app")]
    [InlineData("app@sha256:0000")]
    [InlineData("a\n")]
    [InlineData("\u00e4")]
    public void A_text_that_docker_would_refuse_is_no_name(string text) => Assert.Null(ImageTag.Parse(text));

    [Fact]
    public void Long_names_are_none()
    {
        Assert.NotNull(ImageTag.Parse(new string('a', 255) + ":" + new string('t', 128)));
        Assert.Null(ImageTag.Parse(new string('a', 256)));
        Assert.Null(ImageTag.Parse("a:" + new string('t', 129)));
    }

    [Theory]
    [InlineData("app", "app:latest")]
    [InlineData("My App (1)", "my-app-1:latest")]
    [InlineData("app-linux-arm64", "app-linux-arm64:latest")]
    [InlineData("__\u00e4__", "image:latest")]
    [InlineData("", "image:latest")]
    public void Any_text_makes_a_name(string text, string expected)
    {
        Assert.Equal(expected, ImageTag.Of(text).ToString());
        Assert.NotNull(ImageTag.Parse(ImageTag.Of(text).ToString()));
    }
}
