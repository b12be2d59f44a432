using Oci.Rootfs.Collections;

namespace Oci.Rootfs.Tests.Collections;

public sealed class PagedTests
{
    /// <summary>Below, at and above where the first page grows, where a page ends, and where the list of pages grows.</summary>
    public static TheoryData<int> Counts => new() { 0, 1, 15, 16, 17, 1023, 1024, 1025, 2048, 2049, 5000 };

    [Theory]
    [MemberData(nameof(Counts))]
    public void What_was_added_is_there_in_its_order(int count)
    {
        Paged<int> items = new();
        for (int i = 0; i < count; i++)
            items.Add(i * 3);

        List<int> found = [];
        foreach (int item in items)
            found.Add(item);
        Assert.Equal(count, items.Count);
        Assert.Equal(Enumerable.Range(0, count).Select(static i => i * 3), found);
        Assert.All(found, (item, index) => Assert.Equal(item, items[index]));
    }

    [Fact]
    public void A_place_can_be_written_to()
    {
        Paged<int> items = new();
        for (int i = 0; i < 1500; i++)
            items.Add(i);

        items[3] = -1;
        items[1300] = -2;

        Assert.Equal((-1, -2), (items[3], items[1300]));
    }
}
