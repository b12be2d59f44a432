using Oci.Images;
using Oci.Rootfs.Tests.Extraction;

namespace Oci.Rootfs.Tests.Faults;

/// <summary>The engine lives in MSBuild's process, and that lives on: a build that fails leaves no thread and no open file.</summary>
[Collection(typeof(AloneInTheProcess))]
public sealed class LeftBehindTests : IDisposable
{
    private readonly Scenario _scenario = new();

    public void Dispose() => _scenario.Dispose();

    /// <summary>More than is read ahead: the thread that reads would wait for somebody to take it.</summary>
    [Theory]
    [InlineData("xz", new byte[] { 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0 })]
    [InlineData("lz4", new byte[] { 0x04, 0x22, 0x4d, 0x18 })]
    [InlineData("ELF", new byte[] { 0x7f, 0x45, 0x4c, 0x46 })]
    [InlineData("zip", new byte[] { 0x50, 0x4b, 3, 4 })]
    public void A_large_layer_that_nobody_reads(string kind, byte[] magic)
    {
        byte[] blob = [.. magic, .. RandomBytes(3 << 20)];
        Image.Of(ImageLayer.Make(blob, blob, "application/vnd.oci.image.layer.v1.tar")).For(null).SaveDirectory(_scenario["layout"]);

        Assert.StartsWith("OCI", _scenario.Fails(r => r with { Image = _scenario["layout"] }).Code, StringComparison.Ordinal);
        LeftBehind.Nothing(_scenario.Place, kind);
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(10).NextBytes(bytes);
        return bytes;
    }
}
