using Oci.Rootfs.Selection;
using Oci.Rootfs.Spec;
using static Oci.Rootfs.Tests.Sources.Expect;

namespace Oci.Rootfs.Tests.Selection;

public sealed class PlatformTests
{
    private static int Rank(string asked, string os, string architecture, string? variant) =>
        PlatformRequest.Parse(asked).RankOf(new OciPlatform(os, architecture, variant));

    [Theory]
    [InlineData("linux/amd64", "amd64", null, 0)]
    [InlineData("linux/amd64", "amd64", "v1", 0)]
    [InlineData("linux/amd64", "amd64", "v2", -1)]
    [InlineData("linux/amd64/v3", "amd64", "v3", 0)]
    [InlineData("linux/amd64/v3", "amd64", "v2", 1)]
    [InlineData("linux/amd64/v3", "amd64", null, 2)]
    [InlineData("linux/amd64/v3", "amd64", "v4", -1)]
    [InlineData("linux/arm/v7", "arm", "v7", 0)]
    [InlineData("linux/arm/v7", "arm", "v6", 1)]
    [InlineData("linux/arm/v7", "arm", "v5", 2)]
    [InlineData("linux/arm/v7", "arm", "v8", -1)]
    [InlineData("linux/arm/v6", "arm", "v7", -1)]
    [InlineData("linux/arm/v5", "arm", "v5", 0)]
    [InlineData("linux/arm", "arm", "v7", 0)]
    [InlineData("linux/arm/v7", "arm", null, 0)]
    [InlineData("linux/arm/7", "arm", "v7", 0)]
    [InlineData("linux/arm64", "arm64", null, 0)]
    [InlineData("linux/arm64", "arm64", "v8", 0)]
    [InlineData("linux/arm64/v8", "arm64", null, 0)]
    [InlineData("linux/arm64/v9", "arm64", "v8", 1)]
    [InlineData("linux/arm64", "arm64", "v9", -1)]
    [InlineData("linux/arm64", "arm", "v7", -1)]
    [InlineData("linux/riscv64", "riscv64", null, 0)]
    [InlineData("linux/386", "amd64", null, -1)]
    public void Variants_fall_back_to_older_ones_rule_95(string asked, string architecture, string? variant, int rank) =>
        Assert.Equal(rank, Rank(asked, "linux", architecture, variant));

    [Theory]
    [InlineData("linux/aarch64", "arm64", null)]
    [InlineData("linux/x86_64", "amd64", null)]
    [InlineData("linux/armhf", "arm", "v7")]
    [InlineData("linux/armel", "arm", "v6")]
    [InlineData("linux/i686", "386", null)]
    [InlineData("Linux/AMD64", "amd64", null)]
    public void Aliases_are_understood_on_both_sides_rule_95(string asked, string architecture, string? variant)
    {
        Assert.Equal(0, Rank(asked, "linux", architecture, variant));
        Assert.Equal(0, PlatformRequest.Parse(variant is null ? $"linux/{architecture}" : $"linux/{architecture}/{variant}").RankOf(new OciPlatform("linux", asked.Split('/')[1])));
    }

    [Fact]
    public void Another_operating_system_never_fits() => Assert.Equal(-1, Rank("linux/amd64", "windows", "amd64", null));

    [Theory]
    [InlineData("linux")]
    [InlineData("amd64")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("linux/")]
    [InlineData("/amd64")]
    [InlineData("linux/arm/v7/x")]
    [InlineData("linux//v7")]
    [InlineData("linux/amd 64")]
    [InlineData("linux/amd64\n")]
    public void A_platform_of_too_many_or_too_few_components_is_an_error_rule_96(string platform) => Error("OCI2005", () => PlatformRequest.Parse(platform));

    [Fact]
    public void Without_a_platform_it_is_linux_on_this_machine() => Assert.Equal("linux", PlatformRequest.Parse(null).Platform.Os);
}
