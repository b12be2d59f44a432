using Oci.Images;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Extraction;

public sealed class LayerCountTests : IDisposable
{
    private readonly Scenario _scenario = new();

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void An_image_of_more_layers_than_the_limit_is_refused_before_anything_is_made()
    {
        _scenario.With(Enumerable.Range(0, 1001).Select(static i => ImageLayer.Plain(Of(File("f", "x")))));

        Assert.Equal("OCI4233", _scenario.Fails().Code);
        Assert.False(Directory.Exists(_scenario.Rootfs));
        _scenario.ShouldHaveNoLitter();
    }

    [Fact]
    public void An_image_of_as_many_layers_as_the_limit_is_extracted()
    {
        _scenario.With(Enumerable.Range(0, 3).Select(static i => ImageLayer.Plain(Of(File("f", "x")))));

        Assert.Equal("OCI4233", _scenario.Fails(static r => r with { Limits = new() { MaxLayers = 2 } }).Code);
        Assert.True(_scenario.Extract(static r => r with { Limits = new() { MaxLayers = 3 } }).Extracted);
    }
}
