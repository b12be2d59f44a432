using Oci.Images;
using Oci.Rootfs.Tests.Layers;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>Layers that several platforms of an image have: inflated once, for as long as it is of use.</summary>
public sealed class CommonLayersTests : PlatformsScenario
{
    [Fact]
    public void A_layer_in_common_is_inflated_once()
    {
        Save(Amd, Arm);
        Extract();
        Assert.Equal(2, _s.Messages.Count(m => m.Text.StartsWith("Reading layer", StringComparison.Ordinal) && m.Text.Contains("1 of 2", StringComparison.Ordinal)));
        Assert.Single(_s.Messages, static m => m.Text.Contains("inflated for another platform already", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("linux/amd64")]
    [InlineData("linux/arm/v7")]
    public void Where_one_platform_alone_has_work_to_do_nothing_is_kept_for_others(string platform)
    {
        Save(Amd, Arm);
        Extract();
        Assert.Single(_s.Messages, static m => m.Text.Contains("kept, inflated, for other platforms", StringComparison.Ordinal));
        Save(((Image[])[Amd, Arm]).Select(i => i.Platform == platform ? i with { Layers = [.. i.Layers, Of(File("new"))] } : i));
        Assert.Equal(platform, Assert.Single(Extract(), static e => e.Result.Extracted).Result.Platform);
        Assert.DoesNotContain(_s.Messages, static m => m.Text.Contains("kept, inflated, for other platforms", StringComparison.Ordinal));
    }

    [Fact]
    public void A_layer_that_no_further_platform_has_is_not_kept()
    {
        Save(Amd, Arm, Image.Of(Of(File("alone"))).For("linux/riscv64"));
        List<int> kept = [];
        Extract(r => r with { Log = m => CountKept(m.Text, kept) });
        // Before each layer: two of each platform with the common one, then one. While the first is read it may be there or not yet.
        Assert.Equal([1, 1, 0], kept[2..]);
    }

    private void CountKept(string message, List<int> kept)
    {
        if (message.StartsWith("Reading layer", StringComparison.Ordinal))
            kept.Add(KeptLayers.In(_s.Rootfs).Count);
    }

    [Fact]
    public void A_layer_that_is_twice_in_one_image_and_in_another_is_the_same_each_time()
    {
        Save(Image.Of(Common, Common).For("linux/amd64"), Image.Of(Common, Of(Whiteout("both")), Common).For("linux/arm64"));
        Extract();
        Assert.Equal("below", _s.Read("linux-amd64/both"));
        Assert.Equal("below", _s.Read("linux-arm64/both"));
    }

    [Fact]
    public void What_inflates_counts_for_every_platform()
    {
        Save(Amd, Arm);
        Assert.Equal("OCI4221", Fails(static r => r with { Limits = new RootfsLimits { MaxUncompressedBytes = 250_000 } }).Code);
    }
}
