using Oci.Rootfs.State;

namespace Oci.Rootfs.Tests.State;

/// <summary>When two directories are one. A wrong yes deletes somebody's directory; a wrong no leaves a tree that nobody may replace.</summary>
public sealed class TreeIdentityTests
{
    [Theory]
    [InlineData(1, 2, 3, true)]
    [InlineData(9, 2, 3, true)] // Mounted again: the device's number is another one.
    [InlineData(1, 9, 3, false)]
    [InlineData(1, 2, 9, false)] // The inode's number was given to a younger directory.
    [InlineData(1, 2, 0, false)]
    public void With_a_time_of_birth(ulong device, ulong inode, long born, bool same) => Check(new TreeIdentity(1, 2, 3, 7), new TreeIdentity(device, inode, born, 7), same);

    [Theory]
    [InlineData(1, 2, 7, true)]
    [InlineData(1, 2, 8, true)] // Somebody put a file into the tree's root.
    [InlineData(9, 2, 7, true)] // Mounted again.
    [InlineData(9, 2, 8, false)]
    [InlineData(1, 9, 7, false)]
    public void Where_the_file_system_knows_no_time_of_birth(ulong device, ulong inode, long modified, bool same) =>
        Check(new TreeIdentity(1, 2, 0, 7), new TreeIdentity(device, inode, 0, modified), same);

    private static void Check(TreeIdentity one, TreeIdentity other, bool same)
    {
        Assert.Equal(same, one.IsSameAs(other));
        Assert.Equal(same, other.IsSameAs(one));
    }
}
