using Oci.Images;

namespace Oci.Rootfs.Tests.Own;

/// <summary>What patterns take out of an image's tree.</summary>
public sealed class RemovePathsTests
{
    private static readonly TarPart[] Image =
    [
        Tars.Dir("usr"), Tars.Dir("usr/share"), Tars.Dir("usr/share/doc"), Tars.Dir("usr/share/doc/a"), Tars.File("usr/share/doc/a/copyright"), Tars.File("usr/share/doc/a/x.gz"),
        Tars.Dir("usr/share/doc/b"), Tars.File("usr/share/doc/b/y.gz"), Tars.Dir("var"), Tars.File("var/.hidden"), Tars.File("var/log"), Tars.Symlink("share", "usr/share"),
    ];

    private static readonly string[] All = ["share", "usr/", "usr/share/", "usr/share/doc/", "usr/share/doc/a/", "usr/share/doc/a/copyright", "usr/share/doc/a/x.gz", "usr/share/doc/b/", "usr/share/doc/b/y.gz", "var/", "var/.hidden", "var/log"];

    private static string[] Gone(OwnScenario s, string remove, string keep = "")
    {
        s.Own = new OwnFiles { Remove = remove.Split(';'), Keep = keep.Length > 0 ? keep.Split(';') : [] };
        string[] left = [.. s.Tree().Select(static line => line.Split(' ')[0][2..])];
        Assert.Empty(left.Except(All));
        return [.. All.Except(left)];
    }

    [Theory]
    [InlineData("/usr/share/doc/**", "usr/share/doc/a/ usr/share/doc/a/copyright usr/share/doc/a/x.gz usr/share/doc/b/ usr/share/doc/b/y.gz")]
    [InlineData("/usr/share/doc/*", "usr/share/doc/a/ usr/share/doc/a/copyright usr/share/doc/a/x.gz usr/share/doc/b/ usr/share/doc/b/y.gz")]
    [InlineData("/usr/share/doc", "usr/share/doc/ usr/share/doc/a/ usr/share/doc/a/copyright usr/share/doc/a/x.gz usr/share/doc/b/ usr/share/doc/b/y.gz")]
    [InlineData("/usr/share/doc/", "usr/share/doc/ usr/share/doc/a/ usr/share/doc/a/copyright usr/share/doc/a/x.gz usr/share/doc/b/ usr/share/doc/b/y.gz")]
    [InlineData("/usr/share/doc/?/*.gz", "usr/share/doc/a/x.gz usr/share/doc/b/y.gz")]
    [InlineData("/**/*.gz", "usr/share/doc/a/x.gz usr/share/doc/b/y.gz")]
    [InlineData("/usr/**/a/**/x.gz", "usr/share/doc/a/x.gz")]
    [InlineData("/**/usr/**/share/**/doc/**/b", "usr/share/doc/b/ usr/share/doc/b/y.gz")]
    [InlineData("/v*", "var/ var/.hidden var/log")]
    [InlineData("/var/*", "var/.hidden var/log")]
    [InlineData("/var/l?g;/var/?hidden", "var/.hidden var/log")]
    [InlineData("/var/l**g", "var/log")]
    [InlineData("/share", "share")]
    [InlineData("/share/doc", "")]
    [InlineData("/VAR", "")]
    [InlineData("/va", "")]
    [InlineData("/var/log/x", "")]
    public void A_pattern_takes_out_what_it_matches_with_all_that_is_in_it(string pattern, string gone)
    {
        using OwnScenario s = new(Image);

        Assert.Equal(gone.Split(' ', StringSplitOptions.RemoveEmptyEntries), Gone(s, pattern));
    }

    [Theory]
    [InlineData("/usr/share/doc/**", "/**/copyright", "usr/share/doc/a/x.gz usr/share/doc/b/ usr/share/doc/b/y.gz")]
    [InlineData("/usr", "/usr/share/doc/b", "usr/share/doc/a/ usr/share/doc/a/copyright usr/share/doc/a/x.gz")]
    [InlineData("/**", "/var/**", "share usr/ usr/share/ usr/share/doc/ usr/share/doc/a/ usr/share/doc/a/copyright usr/share/doc/a/x.gz usr/share/doc/b/ usr/share/doc/b/y.gz")]
    [InlineData("/var/log", "/var", "")]
    public void What_is_kept_stays_with_the_way_to_it(string remove, string keep, string gone)
    {
        using OwnScenario s = new(Image);

        Assert.Equal(gone.Split(' ', StringSplitOptions.RemoveEmptyEntries), Gone(s, remove, keep));
    }

    [Fact]
    public void Everything_can_go_but_the_root()
    {
        using OwnScenario s = new(Image);

        Assert.Equal(All, Gone(s, "/**"));
    }

    [Fact]
    public void A_pattern_without_match_is_a_message()
    {
        using OwnScenario s = new(Image);

        Gone(s, "/var/log;/nowhere/**", "/nothing");

        Assert.Equal(2, s.Scenario.Messages.Count(static m => m.Text == "The pattern '/nowhere/**' matches nothing in the image. Links on the way are not followed."));
        Assert.Contains(s.Scenario.Messages, static m => m.Text.Contains("'/nothing'", StringComparison.Ordinal));
        Assert.DoesNotContain(s.Scenario.Messages, static m => m.Text.Contains("'/var/log'", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_patterns_of_one_path_both_match()
    {
        using OwnScenario s = new(Image);

        Gone(s, "/var;/var/log");

        Assert.DoesNotContain(s.Scenario.Messages, static m => m.Text.Contains("matches nothing", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_with_another_name_keeps_its_content()
    {
        using OwnScenario s = new(Tars.File("a", "x"), Tars.Hardlink("b", "a"), Tars.Hardlink("c", "a"));
        s.Own = new OwnFiles { Remove = ["/a"] };

        Assert.Equal(["./b 0 644 0:0 x", "./c 1 644 0:0 ./b"], s.Tree());
    }

    [Fact]
    public void Names_are_bytes_and_a_question_mark_is_a_character()
    {
        using OwnScenario s = new(Tars.File("é"), Tars.File(new byte[] { 0xe9 }), Tars.File("ab"));
        s.Own = new OwnFiles { Remove = ["/?"] };

        Assert.Equal(["./ab 0 644 0:0"], s.Tree());
    }

    [Fact]
    public void Own_files_come_afterwards_and_are_not_taken_out()
    {
        using OwnScenario s = new(Image);
        s.Own = new OwnFiles { Remove = ["/**"] };

        Assert.Equal(["./usr/ 5 755 0:0", "./usr/share 0 644 0:0 own", "./var 2 777 0:0 usr"], s.Tree(s.File_("/usr/share"), OwnScenario.Link("/var", "usr")));
    }

    [Theory]
    [InlineData("usr/**")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/.")]
    [InlineData("/usr/../etc")]
    [InlineData("/a\nb")]
    [InlineData("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31/32/33/34/35/36/37/38/39/40/41/42/43/44/45/46/47/48/49/50/51/52/53/54/55/56/57/58/59/60/61")]
    public void A_pattern_that_can_not_match_is_an_error(string pattern)
    {
        using OwnScenario s = new(Image);
        s.Own = new OwnFiles { Remove = [pattern] };
        Assert.Equal("OCI6414", s.Fails().Code);
        s.Own = new OwnFiles { Remove = ["/x"], Keep = [pattern] };
        Assert.Equal("OCI6414", s.Fails().Code);
    }

    [Fact]
    public void A_pattern_may_have_60_names()
    {
        string path = string.Join('/', Enumerable.Range(1, 59));
        using OwnScenario s = new(Tars.File(path + "/f"));
        s.Own = new OwnFiles { Remove = ["/" + path + "/**"] };

        Assert.EndsWith("/59/ 5 755 0:0", s.Tree()[^1], StringComparison.Ordinal);
    }

    /// <summary>Backtracking would take longer than anybody lives.</summary>
    [Fact]
    public void Many_stars_against_a_long_name_take_no_time()
    {
        using OwnScenario s = new(Tars.File(string.Join('/', Enumerable.Repeat(new string('a', 250), 15)) + "/b"));
        s.Own = new OwnFiles { Remove = ["/" + string.Concat(Enumerable.Repeat("**/", 25)) + string.Concat(Enumerable.Repeat("a*", 100)) + "c"] };

        Assert.Equal(16, s.Tree().Count);
    }
}
