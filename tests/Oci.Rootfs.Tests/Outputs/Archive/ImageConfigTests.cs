using System.Text;
using Oci.Rootfs.Outputs.Archive;

namespace Oci.Rootfs.Tests.Outputs.Archive;

/// <summary>A config with one layer in place of several: what changes, and that nothing else does.</summary>
public sealed class ImageConfigTests
{
    private const string Rootfs = """{"type":"layers","diff_ids":["D"]}""";
    private const string Line = "\"created_by\":\"Oci.Build.Tasks\",\"comment\":\"all layers as one\"";

    [Theory]
    [InlineData("""{"rootfs":{"a":[]}}""", """{"rootfs":ROOTFS,"history":[{LINE}]}""")]
    [InlineData("""{"rootfs":1,"os":"linux" }""", """{"rootfs":ROOTFS,"os":"linux" ,"history":[{LINE}]}""")]
    [InlineData("""{"rootfs":1,"rootfs":{},"history":null}""", """{"rootfs":ROOTFS,"rootfs":ROOTFS,"history":[{LINE}]}""")]
    [InlineData("""{"x":{"rootfs":1,"history":2},"rootfs":1,"history":[{"a":1}] } """, """{"x":{"rootfs":1,"history":2},"rootfs":ROOTFS,"history":[{LINE}] } """)]
    [InlineData("""{"created":"2020","rootfs":1,"history":[]}""", """{"created":"2020","rootfs":ROOTFS,"history":[{"created":"2020",LINE}]}""")]
    [InlineData("""{"created":"a","created":"\"b\"","rootfs":1,"history":[]}""", """{"created":"a","created":"\"b\"","rootfs":ROOTFS,"history":[{"created":"\"b\"",LINE}]}""")]
    [InlineData("""{"created":5,"rootfs":1,"history":[]}""", """{"created":5,"rootfs":ROOTFS,"history":[{LINE}]}""")]
    [InlineData("{\"ro\\u006ftfs\":1,\"n\":1e400,\"history\":[]}", "{\"ro\\u006ftfs\":ROOTFS,\"n\":1e400,\"history\":[{LINE}]}")]
    public void Layers_and_their_history_are_replaced_and_all_else_stays_byte_by_byte(string config, string expected) => Assert.Equal(
        expected.Replace("ROOTFS", Rootfs, StringComparison.Ordinal).Replace("LINE", Line, StringComparison.Ordinal),
        Encoding.UTF8.GetString(ImageConfig.WithOneLayer(Encoding.UTF8.GetBytes(config), "D", mostDepth: 64)));
}
