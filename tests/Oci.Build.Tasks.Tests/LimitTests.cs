using Microsoft.Build.Framework;
using Oci.Build.Tasks.Tests.Harness;
using Oci.Images;
using Oci.Rootfs;

namespace Oci.Build.Tasks.Tests;

/// <summary>
/// The limits of an image. A project can set each one for an image or for all, and an image above a limit gives an error that names it.
/// </summary>
public sealed class LimitTests : IDisposable
{
    private readonly TestProject _project = new TestProject().ImportPackage().Property("OciPlatform", "linux/amd64");

    /// <summary>Whatever has no file for updates is extracted all the same.</summary>
    public static TheoryData<string> Names => [.. typeof(RootfsLimits).GetProperties().Select(static p => p.Name).Where(static name => name != nameof(RootfsLimits.MaxStateBytes))];

    public void Dispose() => _project.Dispose();

    [Fact]
    public void A_listing_keeps_to_the_limits_too()
    {
        Expensive().SaveDirectory(_project.PathOf("image"));
        _project.Image("image", ("Limits", "MaxJsonBytes=100"));

        Assert.Equal("OCI4224", _project.Build("ListOciImages").Error.Code);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_exceeds_a_limit_is_an_error_that_names_it_its_value_and_how_to_raise_it(string name)
    {
        (string code, string value, (string, string)[] also) = Excess[name];
        if (name == "MaxArchiveBytes")
            File.WriteAllBytes(_project.PathOf("image"), ImageLayer.GzipOf(Expensive().ToArchive()));
        else
            Expensive().SaveDirectory(_project.PathOf("image"));

        // The property is for all images. The item's metadata overrides it.
        _project.Property("OciLimits", string.Join(';', also.Append((name, value)).Select(static l => $"{l.Item1}={l.Item2}"))).Image("image", ("RootfsArchive", "bin/image.tar"));
        BuildErrorEventArgs error = _project.Build().Error;

        Assert.Equal(code, error.Code);
        string limit = name == "RatioFreeBytes" ? also[0].Item1 : name;
        Assert.Contains($"raise {limit}: Limits=\"{limit}=…\" on its item, or in the property OciLimits", error.Message, StringComparison.Ordinal);
        Assert.Contains($"at most {(name == "RatioFreeBytes" ? also[0].Item2 : value)}", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.PathOf("bin/rootfs/image")));
        _project.Update("OciImage", ("Limits", name + "=2000000")).Build().MustSucceed();
    }

    [Theory]
    [InlineData("MaxNodes=0", "MaxNodes can't have this value: expected a whole number from 1 to 2147483647, in digits, found '0'")]
    [InlineData("MaxNodes=-1", "found '-1'")]
    [InlineData("MaxUncompressedBytes=1.5", "found '1.5'")]
    [InlineData("MaxUncompressedBytes=1e9", "found '1e9'")]
    [InlineData("MaxUncompressedBytes=10 MB", "found 'MB'")]
    [InlineData("RatioFreeBytes=none", "found 'none'")]
    [InlineData("MaxPaths=5", "There is no such limit: expected one of MaxArchiveBytes, ")]
    public void A_malformed_limit_is_an_error_before_any_image_is_opened(string limits, string text)
    {
        BuildErrorEventArgs error = _project.Image("nothing.tar", ("Limits", limits)).Build().Error;

        Assert.Equal("OCI7010", error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
        Assert.EndsWith("/docs/errors/OCI7010.md", error.HelpLink, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MaxNodes=3;MaxJsonBytes=100000", "OCI4211")]
    [InlineData("MaxJsonBytes=100000,\n  MaxNodes=3", "OCI4211")]
    [InlineData("MaxNodes=8000000", "OCI4202")]
    public void An_items_limits_go_before_the_propertys_and_leave_the_others_of_it(string limits, string code)
    {
        Expensive().SaveDirectory(_project.PathOf("image"));
        _project.Property("OciLimits", "MaxNodes=4;MaxFileBytes=1000;MaxJsonBytes=10").Image("image", ("Limits", "MaxJsonBytes=100000;" + limits));

        Assert.Equal(code, _project.Build().Error.Code);
    }

    [Fact]
    public void An_item_that_a_target_adds_has_the_properties_limits_too()
    {
        Expensive().SaveDirectory(_project.PathOf("image"));
        _project.Property("OciLimits", "MaxNodes=3").Property("ExtractOciRootfsDependsOn", "Add").Target("Add").ItemInTarget("OciImage", "image");

        Assert.Equal("OCI4211", _project.Build().Error.Code);
    }

    [Fact]
    public void A_tree_that_is_up_to_date_is_not_measured_again()
    {
        Expensive().SaveDirectory(_project.PathOf("image"));
        _project.Image("image").Build().MustSucceed();

        _project.Property("OciLimits", "MaxNodes=3").Build().MustSucceed();
    }

    /// <summary>For each limit the code, a value that <see cref="Expensive"/> exceeds, and the other settings that this needs.</summary>
    private static Dictionary<string, (string Code, string Value, (string, string)[] Also)> Excess { get; } = new()
    {
        ["MaxUncompressedBytes"] = ("OCI4221", "10000", []),
        ["MaxArchiveBytes"] = ("OCI4230", "10000", []),
        ["MaxFileBytes"] = ("OCI4202", "1000", []),
        ["MaxNodes"] = ("OCI4211", "3", []),
        ["MaxNameBytes"] = ("OCI4212", "20", []),
        ["MaxLayers"] = ("OCI4233", "1", []),
        ["MaxPathDepth"] = ("OCI4213", "3", []),
        ["MaxResolutionSteps"] = ("OCI4214", "4", []),
        ["MaxCompressionRatio"] = ("OCI4222", "2", [("RatioFreeBytes", "1000")]),
        ["RatioFreeBytes"] = ("OCI4222", "1000", [("MaxCompressionRatio", "2")]),
        ["MaxZstdWindowBytes"] = ("OCI4223", "1024", []),
        ["MaxJsonBytes"] = ("OCI4224", "100", []),
        ["MaxJsonBytesInAll"] = ("OCI4232", "300", []),
        ["MaxJsonDepth"] = ("OCI4225", "2", []),
        ["MaxTarHeaderBytes"] = ("OCI4201", "100", []),
        ["MaxIndexDepth"] = ("OCI4226", "1", []),
        ["MaxIndexes"] = ("OCI4227", "1", []),
        ["MaxRootfsArchiveBytes"] = ("OCI6302", "1024", []),
        ["MaxMtreeBytes"] = ("OCI6002", "100", []),
    };

    /// <summary>An honest image with a little more than the minimum of everything.</summary>
    private static ImageLayout Expensive()
    {
        byte[] zeros = Tars.Of(Tars.File("zeros", TarContent.Zeros(200_000)));
        byte[] names = Tars.Of(
            Tars.File("a/b/c/d/e/f", "x") with { Xattrs = [Tars.Xattr("user.note", new string('x', 500))] },
            Tars.Symlink("l", "a/b"), Tars.Symlink("m", "l/c"), Tars.File("m/d/e/g", "x"));
        byte[] little = Tars.Of(Tars.File("little", "x"));
        // Raw blocks in a frame with a window of one mebibyte.
        byte[] frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 10 << 3, (byte)(little.Length << 3 | 1), (byte)(little.Length >> 5), 0, .. little];
        Image image = Image.Of(
            ImageLayer.Gzip(zeros), names, ImageLayer.Make(little, frame, "application/vnd.oci.image.layer.v1.tar+zstd")).For("linux/amd64", inIndex: false);
        return ImageLayout.Of(new ImageIndex(new ImageIndex(image)));
    }
}
