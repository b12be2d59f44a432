namespace Oci.Build.Tasks.Tests;

public sealed class ConfigTextTests
{
    [Fact]
    public void A_list_keeps_what_a_semicolon_or_a_percent_sign_would_lose() =>
        Assert.Equal("""["a;b","100%","$(x)","\"q\"","back\\slash"]""", ConfigText.List(["a;b", "100%", "$(x)", "\"q\"", "back\\slash"]));

    [Fact]
    public void An_absent_list_is_not_an_empty_one()
    {
        Assert.Equal("", ConfigText.List(null));
        Assert.Equal("[]", ConfigText.List([]));
    }

    [Fact]
    public void A_map_is_an_object_in_its_order() =>
        Assert.Equal("""{"b":"1","a":"\"2\""}""", ConfigText.Map([new("b", "1"), new("a", "\"2\"")]));

    [Fact]
    public void An_empty_map_is_an_empty_object() => Assert.Equal("{}", ConfigText.Map([]));
}
