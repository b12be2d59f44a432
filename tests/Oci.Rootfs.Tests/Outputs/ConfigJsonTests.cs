using System.Text;
using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs.Documents;

namespace Oci.Rootfs.Tests.Outputs;

public sealed class ConfigJsonTests
{
    private const string Minimal = """{"rootfs":{"type":"layers","diff_ids":[]},"config":{"User":"u","Env":["A=1"]}}""";

    private static readonly RootfsLimits Limits = new();

    [Fact]
    public void The_file_says_what_was_chosen_and_carries_the_config()
    {
        string expected = $$"""
            {
              "manifestDigest": "{{Results.A}}",
              "configDigest": "{{Results.B}}",
              "platform": "linux/arm64/v8",
              "layers": [
                {
                  "digest": "{{Results.C}}",
                  "diffId": "{{Results.D}}",
                  "mediaType": "application/vnd.oci.image.layer.v1.tar\u002Bgzip",
                  "size": 1234567890123
                },
                {
                  "digest": "{{Results.D}}",
                  "diffId": "{{Results.C}}",
                  "mediaType": "a/b",
                  "size": 0
                }
              ],
              "config": {"os":"linux"}
            }

            """;

        Assert.Equal(expected, Encoding.UTF8.GetString(Write("""{"os":"linux"}""")));
    }

    [Theory]
    [InlineData("""{"x":1e400,"y":12345678901234567890123,"z":-0.10E+2}""")]
    [InlineData("""{"b":1,"a":2,"b":3}""")]
    [InlineData("""{"\u0041":"\/ \ud83d\ude00 \ud800 ä 😀 \u0000"}""")]
    [InlineData("{ \"config\" :\t{\r\n\"Env\": null}}")]
    [InlineData("{}")]
    public void The_config_is_copied_byte_for_byte_rule_96(string config)
    {
        Assert.Contains("  \"config\": " + config + "\n}\n", Encoding.UTF8.GetString(Write(config)), StringComparison.Ordinal);
    }

    [Fact]
    public void White_space_around_the_config_is_no_part_of_it()
    {
        Assert.Equal(Write("{}"), Write("\r\n\t {} \n\n"));
    }

    [Fact]
    public void What_was_written_reads_back_as_a_result_that_extracted_nothing()
    {
        RootfsResult written = Results.With(new RootfsImageConfig());

        RootfsResult read = ConfigJson.Read(Write(Minimal), new EngineContext())!;

        Assert.False(read.Extracted);
        Assert.Equal((written.ManifestDigest, written.ConfigDigest, written.Platform), (read.ManifestDigest, read.ConfigDigest, read.Platform));
        Assert.Equal(written.Layers, read.Layers);
        Assert.Equal("u", read.Config.User);
        Assert.Equal(["A=1"], read.Config.Env);
    }

    [Fact]
    public void A_config_as_deep_as_the_limit_is_read_and_a_deeper_one_is_not()
    {
        Assert.NotNull(ConfigJson.Read(Write(Deep(63)), new EngineContext()));
        Assert.Null(ConfigJson.Read(Write(Deep(64)), new EngineContext()));
        Assert.NotNull(ConfigJson.Read(Write(Deep(64)), new EngineContext(new RootfsLimits { MaxJsonDepth = 65 }, RootfsLog.None)));

        static string Deep(int depth) => Minimal[..^1] + ",\"deep\":" + new string('[', depth) + new string(']', depth) + "}";
    }

    [Fact]
    public void A_file_cut_anywhere_is_not_read()
    {
        byte[] file = Write(Minimal);

        for (int length = 0; length < file.Length - 1; length++)
            Assert.Null(ConfigJson.Read(file.AsMemory(0, length), new EngineContext()));
    }

    [Theory]
    [InlineData("\"platform\": \"linux/arm64/v8\"", "\"platform\": 7")]
    [InlineData("\"platform\": \"linux/arm64/v8\"", "\"platform\": null")]
    [InlineData("\"platform\": \"linux/arm64/v8\"", "\"platform\": \"\\ud800\"")]
    [InlineData("\"platform\"", "\"plattform\"")]
    [InlineData("\"manifestDigest\": \"sha256:a", "\"manifestDigest\": \"sha256:/")]
    [InlineData("\"digest\": \"sha256:c", "\"digest\": \"sha256:..")]
    [InlineData("\"size\": 0", "\"size\": \"0\"")]
    [InlineData("\"size\": 0", "\"size\": 1e400")]
    [InlineData("\"layers\": [", "\"layers\": [ 1, ")]
    [InlineData("\"layers\": [", "\"layers\": {}, \"x\": [")]
    [InlineData("\"config\"", "\"other\"")]
    public void A_file_that_is_not_as_we_write_it_is_not_read(string original, string changed)
    {
        string text = Encoding.UTF8.GetString(Write(Minimal));
        Assert.Contains(original, text, StringComparison.Ordinal);

        Assert.Null(ConfigJson.Read(Encoding.UTF8.GetBytes(text.Replace(original, changed, StringComparison.Ordinal)), new EngineContext()));
    }

    [Fact]
    public void A_file_that_is_no_object_or_not_UTF_8_is_not_read()
    {
        Assert.Null(ConfigJson.Read("[]"u8.ToArray(), new EngineContext()));
        Assert.Null(ConfigJson.Read("null"u8.ToArray(), new EngineContext()));
        byte[] file = Write(Minimal);
        file[file.AsSpan().IndexOf("linux"u8)] = 0xff;
        Assert.Null(ConfigJson.Read(file, new EngineContext()));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"rootfs":{"type":"layers","diff_ids":["x"]}}""")]
    public void A_file_whose_config_is_no_image_config_is_not_read(string config)
    {
        Assert.Null(ConfigJson.Read(Write(config), new EngineContext()));
    }

    private static byte[] Write(string config)
    {
        using MemoryStream file = new();
        ConfigJson.Write(file, Results.With(new RootfsImageConfig()), Encoding.UTF8.GetBytes(config));
        return file.ToArray();
    }
}
