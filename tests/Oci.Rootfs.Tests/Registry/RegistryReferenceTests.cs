using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests.Registry;

/// <summary>The text of an item alone decides whether it names an image in a registry, and which.</summary>
public sealed class RegistryReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("docker://debian", "docker://docker.io/library/debian:latest", "debian")]
    [InlineData("docker://debian:12", "docker://docker.io/library/debian:12", "debian")]
    [InlineData("docker://docker.io/debian:12", "docker://docker.io/library/debian:12", "debian")]
    [InlineData("docker://index.docker.io/library/debian:12", "docker://docker.io/library/debian:12", "debian")]
    [InlineData("docker://registry-1.docker.io/team/app", "docker://docker.io/team/app:latest", "app")]
    [InlineData("docker://team/app:1", "docker://docker.io/team/app:1", "app")]
    [InlineData("docker://localhost/app:1", "docker://localhost/app:1", "app")]
    [InlineData("docker://localhost:5000/a/b/c:1", "docker://localhost:5000/a/b/c:1", "c")]
    [InlineData("docker://[::1]:5000/app:1", "docker://[::1]:5000/app:1", "app")]
    [InlineData("docker://GHCR.io/x/y:V1", "docker://ghcr.io/x/y:V1", "y")]
    [InlineData("oci://ghcr.io/x/y:1", "docker://ghcr.io/x/y:1", "y")]
    [InlineData("docker://debian@sha256:" + Hex, "docker://docker.io/library/debian@sha256:" + Hex, "debian")]
    [InlineData("docker://debian:12@sha256:" + Hex, "docker://docker.io/library/debian:12@sha256:" + Hex, "debian")]
    [InlineData("docker://ghcr.io/x/y@sha512:" + Hex + Hex, "docker://ghcr.io/x/y@sha512:" + Hex + Hex, "y")]
    [InlineData("ghcr.io/x/y:1@sha256:" + Hex, "docker://ghcr.io/x/y:1@sha256:" + Hex, "y")]
    [InlineData("localhost/y@sha256:" + Hex, "docker://localhost/y@sha256:" + Hex, "y")]
    [InlineData("docker://reg.example/a__b/c-d.e_f:_x.Y-z", "docker://reg.example/a__b/c-d.e_f:_x.Y-z", "c-d.e_f")]
    public void A_reference_is_taken_apart(string text, string whole, string name)
    {
        Assert.True(RootfsExtractor.NamesRegistry(text));
        ImageReference image = RootfsExtractor.InRegistry(text);
        Assert.Equal(whole, image.Location);
        Assert.Equal(name, image.RepositoryName);
        Assert.Equal(text, image.DisplayName);
        Assert.Equal(whole, RootfsExtractor.InRegistry(whole).Location);
    }

    [Theory]
    [InlineData("images/debian.tar")]
    [InlineData("/images/debian@sha256:" + Hex)]
    [InlineData("./debian@sha256:" + Hex)]
    [InlineData("images/debian@sha256:" + Hex)]
    [InlineData("debian@sha256:" + Hex)]
    [InlineData("ghcr.io/x/y:1")]
    [InlineData("ghcr.io/x/y@sha256:" + Hex + "0")]
    [InlineData("ghcr.io/x/y@sha256:" + "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef")]
    [InlineData("")]
    [InlineData("C:\\images\\x.tar")]
    public void Everything_else_is_a_path(string text)
    {
        Assert.False(RootfsExtractor.NamesRegistry(text));
        Assert.False(RootfsExtractor.NamesRegistry("/" + text));
    }

    [Theory]
    [InlineData("docker://", "another text")]
    [InlineData("docker://Debian", "another text")]
    [InlineData("docker://a//b", "another text")]
    [InlineData("docker://a/../b", "another text")]
    [InlineData("docker://reg.example/a b", "another text")]
    [InlineData("docker://reg.example/a:", "another text")]
    [InlineData("docker://reg.example/a?x=1", "another text")]
    [InlineData("docker://user:secret@reg.example/a", "behind the '@'")]
    [InlineData("docker://reg.example/a@sha256:123", "behind the '@'")]
    [InlineData("docker://reg.example/a@md5:" + Hex, "behind the '@'")]
    [InlineData("docker://reg.example:999999/a", "another text")]
    [InlineData("docker://reg.example:99999/a", "another text")]
    [InlineData("docker://reg.example:65536/a", "another text")]
    [InlineData("oci://debian:12", "no registry")]
    [InlineData("oci://team/debian:12", "no registry")]
    [InlineData("docker-daemon:debian:12", "docker save")]
    [InlineData("containers-storage:debian", "podman save")]
    [InlineData("oci:images/layout", "path of the layout alone")]
    [InlineData("oci-archive:image.tar", "path alone")]
    [InlineData("docker-archive:image.tar", "path alone")]
    [InlineData("dir:image", "dir:")]
    [InlineData("https://reg.example/a", "docker://HOST")]
    [InlineData("http://reg.example/a", "OciInsecureRegistries")]
    public void What_is_meant_as_a_reference_and_is_none_is_an_error(string text, string meant)
    {
        Assert.True(RootfsExtractor.NamesRegistry(text));
        OciException e = Assert.Throws<OciException>(() => RootfsExtractor.InRegistry(text));
        Assert.Equal("OCI8001", e.Code);
        Assert.Contains(meant, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_have_their_greatest_length()
    {
        string repository = new string('a', 240);
        Assert.Equal($"docker://reg.example/{repository}:1", RootfsExtractor.InRegistry($"docker://reg.example/{repository}:1").Location);
        Assert.Throws<OciException>(() => RootfsExtractor.InRegistry($"docker://reg.example/{repository}aaaaaaaaaaaaaaaaaa:1"));
        Assert.Throws<OciException>(() => RootfsExtractor.InRegistry($"docker://reg.example/a:{new string('t', 129)}"));
    }

    [Theory]
    [InlineData("ghcr.io/x/y:1", true)]
    [InlineData("library/debian", false)]
    [InlineData("images/debian.tar", false)]
    [InlineData("./a.b/c", false)]
    public void A_missing_path_that_reads_like_a_reference_gets_a_hint(string path, bool hint)
    {
        OciException e = Assert.Throws<OciException>(() => RootfsExtractor.List(new RootfsRequest { Image = new ImageReference("/does/not/exist/" + path) { DisplayName = path }, RootfsDirectory = null, Name = "x" }, TestContext.Current.CancellationToken));
        Assert.Equal("OCI1001", e.Code);
        Assert.Equal(hint, e.Message.Contains("write docker://", StringComparison.Ordinal));
    }
}
