namespace Oci.Build.Tasks.Tests;

public sealed class EditDistanceTests
{
    [Theory]
    [InlineData("platform", "Platform", 0)]
    [InlineData("platfrom", "platform", 1)]
    [InlineData("latform", "platform", 1)]
    [InlineData("platforms", "platform", 1)]
    [InlineData("platzorm", "platform", 1)]
    [InlineData("lpatfrom", "platform", 2)]
    [InlineData("plat", "platform", 3)]
    [InlineData("", "ab", 2)]
    [InlineData("", "", 0)]
    [InlineData("ca", "abc", 3)]
    public void Letters_left_out_added_exchanged_and_in_the_wrong_order_count_one_each(string first, string second, int edits)
    {
        Assert.Equal(edits, EditDistance.Between(first, second, most: 2));
        Assert.Equal(edits, EditDistance.Between(second, first, most: 2));
    }
}
