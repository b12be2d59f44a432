using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks.Tests;

public sealed class RuntimePlatformTests
{
    [Theory]
    [InlineData("linux-x64", "linux/amd64")]
    [InlineData("linux-x86", "linux/386")]
    [InlineData("linux-arm64", "linux/arm64")]
    [InlineData("linux-arm", "linux/arm/v7")]
    [InlineData("linux-armv6", "linux/arm/v6")]
    [InlineData("linux-armel", "linux/arm/v5")]
    [InlineData("linux-musl-x64", "linux/amd64")]
    [InlineData("linux-musl-arm64", "linux/arm64")]
    [InlineData("linux-bionic-arm64", "linux/arm64")]
    [InlineData("linux-s390x", "linux/s390x")]
    [InlineData("linux-ppc64le", "linux/ppc64le")]
    [InlineData("linux-riscv64", "linux/riscv64")]
    [InlineData("linux-loongarch64", "linux/loong64")]
    [InlineData("linux-mips64", "linux/mips64le")]
    [InlineData("Linux-X64", "linux/amd64")]
    public void A_linux_runtime_identifier_names_a_platform(string identifier, string platform) =>
        Assert.Equal(platform, RuntimePlatform.FromRuntimeIdentifier(identifier));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("linux")]
    [InlineData("win-x64")]
    [InlineData("osx-arm64")]
    [InlineData("any")]
    public void Any_other_one_says_nothing_about_the_image(string? identifier) =>
        Assert.Null(RuntimePlatform.FromRuntimeIdentifier(identifier));

    [Fact]
    public void Linux_on_an_unknown_architecture_is_refused_rather_than_guessed()
    {
        OciException error = Assert.Throws<OciException>(() => RuntimePlatform.FromRuntimeIdentifier("linux-vax"));
        Assert.Equal("OCI7005", error.Code);
        Assert.Contains("'linux-vax'", error.Message, StringComparison.Ordinal);
        Assert.Contains("OciPlatform", error.Message, StringComparison.Ordinal);
    }
}
