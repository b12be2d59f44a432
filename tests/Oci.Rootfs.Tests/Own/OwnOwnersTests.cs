using Oci.Images;

namespace Oci.Rootfs.Tests.Own;

/// <summary>Owners of own files, by number and by names of the tree's own users and groups.</summary>
public sealed class OwnOwnersTests
{
    private static readonly TarPart[] Image =
    [
        Tars.File("etc/group", "root:x:0:\nwww:x:33:\nstaff:x:50:app\n"), Tars.File("etc/passwd", "root:x:0:0::/:/bin/sh\nbroken\napp:x:1000:1001::/:/bin/sh\napp:x:7:7::/:\n"),
    ];

    private static string Owner(OwnScenario s, string? owner, string? group) => s.Tree(s.File_("/f") with { Owner = owner, Group = group })[^1].Split(' ')[3];

    [Theory]
    [InlineData(null, null, "0:0")]
    [InlineData("5", null, "5:5")]
    [InlineData("5", "6", "5:6")]
    [InlineData(null, "6", "0:6")]
    [InlineData("app", null, "1000:1001")]
    [InlineData("app", "www", "1000:33")]
    [InlineData("app", "0", "1000:0")]
    [InlineData("5", "staff", "5:50")]
    [InlineData(null, "www", "0:33")]
    [InlineData("4294967294", null, "4294967294:4294967294")]
    [InlineData("0000000005", null, "5:5")]
    public void Numbers_are_taken_and_names_looked_up(string? owner, string? group, string expected)
    {
        using OwnScenario s = new(Image);

        Assert.Equal(expected, Owner(s, owner, group));
    }

    [Fact]
    public void Names_mean_what_the_own_passwd_says()
    {
        using OwnScenario s = new(Image);

        Assert.Contains("./f 0 644 4:5 own", s.Tree(s.File_("/etc/passwd", "app:x:4:5:::"), s.File_("/f") with { Owner = "app" }));
    }

    [Fact]
    public void Links_to_the_files_of_users_are_followed()
    {
        using OwnScenario s = new(Tars.Symlink("etc", "usr/etc"), Tars.Symlink("usr/etc/passwd", "/lib/users"), Tars.File("lib/users", "app:x:8:9:::"), Tars.File("usr/etc/group", "g:x:10:"));

        Assert.Contains("./f 0 644 8:9 own", s.Tree(s.File_("/f") with { Owner = "app" }));
        Assert.Contains("./f 0 644 8:10 own", s.Tree(s.File_("/f") with { Owner = "app", Group = "g" }));
    }

    [Fact]
    public void The_users_of_a_lower_layer_that_an_upper_one_hides_do_not_count()
    {
        using OwnScenario s = new();
        s.Scenario.With(Tars.Of(Tars.File("etc/passwd", "app:x:1:1:::")), Tars.Of(Tars.File("etc/passwd", "app:x:2:3:::")));
        Assert.Contains("./f 0 644 2:3 own", s.Tree(s.File_("/f") with { Owner = "app" }));

        s.Scenario.With(Tars.Of(Tars.File("real/passwd", "app:x:4:5:::")), Tars.Of(Tars.File("etc/passwd", "app:x:2:3:::")), Tars.Of(Tars.Whiteout("etc/passwd"), Tars.Hardlink("etc/passwd", "real/passwd")));
        Assert.Contains("./f 0 644 4:5 own", s.Tree(s.File_("/f") with { Owner = "app" }));
    }

    [Fact]
    public void Of_several_files_of_users_in_one_layer_the_last_counts()
    {
        using OwnScenario s = new();
        s.Scenario.With(Tars.Of(Tars.File("etc/passwd", "app:x:1:1:::")), Tars.Of(Tars.File("etc/passwd", "app:x:2:2:::"), Tars.File("etc/passwd", "app:x:3:3:::"), Tars.File("etc/group", "g:x:4:"), Tars.File("x/etc/passwd", "app:x:5:5:::")));

        Assert.Contains("./f 0 644 3:4 own", s.Tree(s.File_("/f") with { Owner = "app", Group = "g" }));
    }

    /// <summary>The tree does not have the file that was kept on the way, so its layer is read again.</summary>
    [Fact]
    public void A_lower_layers_file_of_users_counts_where_the_upper_ones_has_become_something_else()
    {
        using OwnScenario s = new();
        s.Scenario.With(Tars.Of(Tars.File("real/passwd", "app:x:1:2:::")), Tars.Of(Tars.File("etc/passwd", "app:x:8:9:::")), Tars.Of(Tars.Symlink("etc", "real")));

        Assert.Contains("./f 0 644 1:2 own", s.Tree(s.File_("/f") with { Owner = "app" }));
    }

    [Fact]
    public void A_file_of_users_that_is_no_file_counts_as_absent()
    {
        using OwnScenario s = new(Tars.Fifo("etc/passwd"), Tars.Dir("etc/group"));

        Assert.Equal("OCI6405", s.Fails(s.File_("/f") with { Owner = "app" }).Code);
        Assert.Equal("OCI6405", s.Fails(s.File_("/f") with { Group = "app" }).Code);
    }

    [Theory]
    [InlineData("nobody", null, "OCI6405")]
    [InlineData(null, "nobody", "OCI6405")]
    [InlineData("", null, "OCI6404")]
    [InlineData("a:b", null, "OCI6404")]
    [InlineData("4294967295", null, "OCI6404")]
    [InlineData("99999999999999999999", null, "OCI6404")]
    [InlineData("a\nb", null, "OCI6404")]
    [InlineData(null, "a:b", "OCI6404")]
    public void An_owner_that_is_none_is_an_error(string? owner, string? group, string code)
    {
        using OwnScenario s = new(Image);

        Assert.Equal(code, s.Fails(s.File_("/f") with { Owner = owner, Group = group }).Code);
        Assert.Equal(code, s.Fails(s.File_("/d/f") with { DirectoryOwner = owner, DirectoryGroup = group }).Code);
    }

    [Theory]
    [InlineData(1 << 20, null)]
    [InlineData((1 << 20) + 1, "OCI6415")]
    public void A_file_of_users_has_at_most_a_MiB(int length, string? code)
    {
        string users = "app:x:8:9:::\n";
        using OwnScenario s = new(Tars.File("etc/passwd", users + new string('#', length - users.Length)));
        OwnNode node = s.File_("/f") with { Owner = "app" };

        if (code is null)
            Assert.Contains("./f 0 644 8:9 own", s.Tree(node));
        else
            Assert.Equal(code, s.Fails(node).Code);
    }

    [Fact]
    public void Without_a_file_of_users_a_name_is_an_error_and_a_number_is_none()
    {
        using OwnScenario s = new();

        Assert.StartsWith("a file /etc/passwd", s.Fails(s.File_("/f") with { Owner = "app" }).Expected, StringComparison.Ordinal);
        Assert.Equal("5:6", Owner(s, "5", "6"));
    }
}
