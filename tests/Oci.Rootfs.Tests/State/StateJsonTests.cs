using System.Text;
using Oci.Rootfs.State;

namespace Oci.Rootfs.Tests.State;

/// <summary>The state file's text: what was written is read again, and anything else is nothing.</summary>
public sealed class StateJsonTests
{
    private const string Good = """{"format":1,"key":"k","boot":"b","trees":[{"device":1,"inode":2,"born":3,"modified":7}],"maker":{"project":"p","list":"l","request":"r"},"paths":4,"lacks":["x"],"layerOrder":[0,1],"outputs":[{"path":"/a","length":5,"key":"k2","digest":"d","modified":6}]}""";

    [Fact]
    public void What_is_written_is_read_again()
    {
        StateContent content = StateContent.Nothing with
        {
            Key = "sha256:\"\\\n",
            Trees = [new TreeIdentity(ulong.MaxValue, ulong.MaxValue, long.MinValue, 7), new TreeIdentity(0, 0, 0, 7)],
            Paths = long.MaxValue,
            Lacks = ["Owners 1 2 False", ""],
            LayerOrder = [2, 0, 1],
            Outputs = [new WrittenFile("/a b\n\"é", 0), new WrittenFile("/c", long.MaxValue) { Key = "sha256:k", Digest = "sha256:d", Modified = long.MaxValue }],
            Maker = new TreeMaker("/a b\n\"é.csproj", "", "sha256:x"),
        };

        ShouldBe(content, StateJson.Parse(StateJson.Write(content).ToArray()));
    }

    [Fact]
    public void A_state_of_nothing_is_read_again() => ShouldBe(StateContent.Nothing, StateJson.Parse(StateJson.Write(StateContent.Nothing).ToArray()));

    [Fact]
    public void A_state_file_may_name_no_maker() => Assert.Null(StateJson.Parse(Encoding.UTF8.GetBytes(Good.Replace("\"maker\":{\"project\":\"p\",\"list\":\"l\",\"request\":\"r\"},", "", StringComparison.Ordinal)))!.Maker);

    [Fact]
    public void Spaces_after_the_text_change_nothing() => ShouldBe(StateJson.Parse(Encoding.UTF8.GetBytes(Good))!, StateJson.Parse(Encoding.UTF8.GetBytes(Good + new string(' ', 9000) + '\n')));

    [Theory]
    [InlineData("\"format\":1", "\"format\":2")]
    [InlineData("\"format\":1", "\"format\":\"1\"")]
    [InlineData("\"format\":1,", "")]
    [InlineData("\"key\":\"k\"", "\"key\":5")]
    [InlineData("\"key\":\"k\"", "\"key\":[\"k\"]")]
    [InlineData("\"key\":\"k\"", "\"key\":\"\\ud800\"")]
    [InlineData("\"key\":\"k\",", "")]
    [InlineData("[{\"device\":1,\"inode\":2,\"born\":3,\"modified\":7}]", "{\"device\":1,\"inode\":2,\"born\":3,\"modified\":7}")]
    [InlineData("[{\"device\":1,\"inode\":2,\"born\":3,\"modified\":7}]", "null")]
    [InlineData("{\"device\":1,", "{")]
    [InlineData("{\"device\":1,\"inode\":2,\"born\":3,\"modified\":7}", "null")]
    [InlineData("{\"device\":1,\"inode\":2,\"born\":3,\"modified\":7}", "[1,2,3,7]")]
    [InlineData("\"lacks\":[\"x\"],", "")]
    [InlineData("[\"x\"]", "[5]")]
    [InlineData("[\"x\"]", "\"x\"")]
    [InlineData("\"device\":1", "\"device\":-1")]
    [InlineData("\"inode\":2", "\"inode\":2.5")]
    [InlineData("\"inode\":2", "\"inode\":18446744073709551616")]
    [InlineData("\"inode\":2", "\"inode\":\"2\"")]
    [InlineData("\"born\":3", "\"born\":1e99")]
    [InlineData("\"modified\":7", "\"modified\":null")]
    [InlineData("\"boot\":\"b\"", "\"boot\":1")]
    [InlineData("{\"project\":\"p\",\"list\":\"l\",\"request\":\"r\"}", "\"p\"")]
    [InlineData("\"project\":\"p\"", "\"project\":5")]
    [InlineData("\"list\":\"l\",", "")]
    [InlineData("\"paths\":4", "\"paths\":true")]
    [InlineData("\"paths\":4", "\"paths\":9223372036854775808")]
    [InlineData("[0,1]", "[0,2147483648]")]
    [InlineData("[0,1]", "[\"0\"]")]
    [InlineData("[0,1]", "{\"0\":1}")]
    [InlineData("[{\"path\":\"/a\",", "{\"path\":\"/a\",")]
    [InlineData("{\"path\":\"/a\",", "{")]
    [InlineData("\"length\":5", "\"length\":\"5\"")]
    [InlineData("\"digest\":\"d\"", "\"digest\":4")]
    [InlineData("\"modified\":6", "\"modified\":6.5")]
    [InlineData("6}]}", "6}]")]
    [InlineData("6}]}", "6}]}}")]
    public void A_text_with_one_thing_wrong_is_nothing(string from, string to)
    {
        Assert.NotNull(StateJson.Parse(Encoding.UTF8.GetBytes(Good)));
        Assert.Contains(from, Good, StringComparison.Ordinal);

        Assert.Null(StateJson.Parse(Encoding.UTF8.GetBytes(Good.Replace(from, to, StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\0\0\0\0")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("[]")]
    [InlineData("\"format\"")]
    [InlineData("\ufeff{}")]
    public void What_is_no_object_is_nothing(string text) => Assert.Null(StateJson.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Nesting_without_end_is_nothing() => Assert.Null(StateJson.Parse(Encoding.UTF8.GetBytes("{\"format\":1,\"x\":" + new string('[', 1 << 20))));

    [Fact]
    public void A_text_cut_off_anywhere_is_nothing() => Assert.All(Enumerable.Range(0, Good.Length), static length => Assert.Null(StateJson.Parse(Encoding.UTF8.GetBytes(Good[..length]))));

    /// <summary>Records compare lists by reference.</summary>
    private static void ShouldBe(StateContent expected, StateContent? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal((expected.Key, expected.Paths), (actual.Key, actual.Paths));
        Assert.Equal(expected.Maker, actual.Maker);
        Assert.Equal(expected.Trees, actual.Trees);
        Assert.Equal(expected.Lacks, actual.Lacks);
        Assert.Equal(expected.LayerOrder, actual.LayerOrder);
        Assert.Equal(expected.Outputs, actual.Outputs);
    }
}
