using Oci.Rootfs.Errors;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Tests.Outputs;

/// <summary>From the text of <c>User</c> to numbers, by the image's own files.</summary>
public sealed class UserLookupTests
{
    private const string Passwd = """
        root:x:0:0:root:/root:/bin/sh
        app:x:1000:1001:The app:/srv:/bin/false
        app:x:7:7:a later line of the name:/:/bin/false
        again:x:1000:7:a later line of the number:/:/bin/false
        4321:x:5:6:a name of digits:/:/bin/false
        """;

    private const string Group = """
        root:x:0:
        wheel:x:10:root,app
        staff:x:20:appl,ap,xapp
        audio:x:30:other,app,another
        again:x:30:app
        app:x:1001:
        wheel:x:11:
        """;

    [Theory]
    [InlineData(null, 0, 0)]
    [InlineData("", 0, 0)]
    [InlineData("0", 0, 0)]
    [InlineData("1000:2000", 1000, 2000)]
    [InlineData("0:0", 0, 0)]
    [InlineData("4294967294:4294967294", 4294967294, 4294967294)]
    [InlineData("007:010", 7, 10)]
    public void Numbers_are_taken_as_they_are(string? user, uint uid, uint gid) => AssertUser(new UserFiles(Passwd, Group).Lookup.Find(user), uid, gid);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1000:2000")]
    public void Without_a_name_in_it_no_file_is_read(string? user)
    {
        UserFiles files = new(Passwd, Group);

        files.Lookup.Find(user);

        Assert.Equal(0, files.Read);
    }

    [Theory]
    [InlineData("1000", 1000, 1001)]
    [InlineData("1000:", 1000, 1001)]
    [InlineData("0", 0, 0)]
    [InlineData("77", 77, 0)]
    [InlineData("4321", 4321, 0)]
    public void A_number_alone_has_the_primary_group_of_its_first_line_or_0_and_no_more_groups(string user, uint uid, uint gid) =>
        AssertUser(new UserFiles(Passwd, Group).Lookup.Find(user), uid, gid);

    [Theory]
    [InlineData("app")]
    [InlineData("app:")]
    public void A_name_alone_has_the_groups_of_its_first_line_and_those_that_list_it_each_once(string user) =>
        AssertUser(new UserFiles(Passwd, Group).Lookup.Find(user), 1000, 1001, 10, 30);

    [Theory]
    [InlineData("app:wheel", 1000, 10)]
    [InlineData("app:5", 1000, 5)]
    [InlineData("77:wheel", 77, 10)]
    [InlineData("app:app", 1000, 1001)]
    public void With_a_group_there_are_no_others(string user, uint uid, uint gid) => AssertUser(new UserFiles(Passwd, Group).Lookup.Find(user), uid, gid);

    [Theory]
    [InlineData("nobody", "user 'nobody'")]
    [InlineData("App", "user 'App'")]
    [InlineData(" app", "user ' app'")]
    [InlineData("-1", "user '-1'")]
    [InlineData("+5", "user '+5'")]
    [InlineData("0x10", "user '0x10'")]
    [InlineData(":wheel", "user ''")]
    [InlineData("app:nogroup", "group 'nogroup'")]
    [InlineData("1000:nogroup", "group 'nogroup'")]
    [InlineData("app:wheel:root", "group 'wheel:root'")]
    [InlineData("\u0661", "user '\u0661'")]
    [InlineData("a\nb", "user 'a%0Ab'")]
    public void An_unknown_name_is_an_error_that_shows_it(string user, string text)
    {
        OciException error = Assert.Throws<OciException>(() => new UserFiles(Passwd, Group).Lookup.Find(user));

        Assert.Equal("OCI6017", error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4294967295")]
    [InlineData("4294967296")]
    [InlineData("1000:4294967295")]
    [InlineData("app:99999999999999999999999")]
    public void A_number_that_is_no_user_is_an_error_and_not_root(string user) =>
        Assert.Equal("OCI6018", Assert.Throws<OciException>(() => new UserFiles(Passwd, Group).Lookup.Find(user)).Code);

    [Theory]
    [InlineData("app")]
    [InlineData("app:x:")]
    [InlineData("app:x::0")]
    [InlineData("app:x:0")]
    [InlineData("app:x:-1:0:")]
    [InlineData("app:x: 1:0:")]
    [InlineData("app:x:4294967295:0:")]
    [InlineData("app:x:1:4294967296:")]
    [InlineData("app:x:1:gid:")]
    [InlineData("app :x:1:1:")]
    [InlineData("app:x:1\0:1:")]
    [InlineData("#app:x:1:1:")]
    public void A_malformed_line_is_skipped(string line) => AssertUser(new UserFiles(line + "\napp:x:9:8:\n", "").Lookup.Find("app"), 9, 8);

    [Theory]
    [InlineData("app:x:9:8")]
    [InlineData("app:x:9:8:gecos:/:/bin/sh:and:more")]
    [InlineData("\n\n\napp:x:9:8:")]
    [InlineData("junk\n\xffapp:x:1:1:\napp::9:8:")]
    public void A_line_with_two_numbers_is_enough(string file) => AssertUser(new UserFiles(file, "").Lookup.Find("app"), 9, 8);

    [Theory]
    [InlineData("g:x")]
    [InlineData("g:x:")]
    [InlineData("g:x:one:app")]
    public void A_malformed_line_of_a_group_is_skipped(string line) => AssertUser(new UserFiles(Passwd, line + "\ng:x:5\n").Lookup.Find("app:g"), 1000, 5);

    [Fact]
    public void Names_are_compared_as_bytes()
    {
        UserLookup lookup = new UserFiles("é:x:9:8:\n", "").Lookup;

        AssertUser(lookup.Find("é"), 9, 8);
        Assert.Throws<OciException>(() => lookup.Find("e\u0301"));
    }

    [Theory]
    [InlineData("app", "a file /etc/passwd with the user 'app'")]
    [InlineData("1:wheel", "a file /etc/group with the group 'wheel'")]
    public void An_image_without_the_file_is_an_error_that_says_so(string user, string text)
    {
        OciException error = Assert.Throws<OciException>(() => new UserFiles(null, null).Lookup.Find(user));

        Assert.Equal("OCI6017", error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_without_users_runs_a_number_in_group_0() => AssertUser(new UserFiles(null, null).Lookup.Find("1000"), 1000, 0);

    [Fact]
    public void A_user_of_an_image_without_groups_has_only_the_primary_one() => AssertUser(new UserFiles(Passwd, null).Lookup.Find("app"), 1000, 1001);

    [Theory]
    [InlineData(UserLookup.MostBytes, null)]
    [InlineData(UserLookup.MostBytes + 1, "OCI6019")]
    public void A_file_of_more_than_a_MiB_is_not_read(int size, string? code)
    {
        UserFiles files = new(Passwd + "\n" + new string('x', size - Passwd.Length - 1), Group);

        Assert.Equal(code, (Record.Exception(() => files.Lookup.Find("app")) as OciException)?.Code);
        Assert.Equal(code is null, files.Read > 0);
    }

    [Theory]
    [InlineData("Fifo")]
    [InlineData("Directory")]
    [InlineData("CharacterDevice")]
    public void Something_else_than_a_file_counts_as_none(string kind)
    {
        UserFiles files = new(null, null);
        files.Tree.Add("etc/passwd", new Inode { Kind = Enum.Parse<EntryKind>(kind) });

        Assert.Equal("OCI6017", Assert.Throws<OciException>(() => files.Lookup.Find("app")).Code);
    }

    private static void AssertUser(RunUser user, uint uid, uint gid, params uint[] groups)
    {
        Assert.Equal((uid, gid), (user.Uid, user.Gid));
        Assert.Equal(groups, user.Groups);
    }
}
