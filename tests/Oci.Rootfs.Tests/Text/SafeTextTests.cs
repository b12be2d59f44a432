using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Tests;

/// <summary>Text of an image as it is shown: nothing in it moves a cursor, ends a line, or is a command to a build server that reads the log.</summary>
public sealed class SafeTextTests
{
    /// <summary>A command of each dialect, and what its build server looks for in a line.</summary>
    public static TheoryData<string, string> Dialects => new()
    {
        { "##vso[task.setvariable variable=PATH]/tmp", @"##vso\[" }, // Azure Pipelines: anywhere
        { "##[error]forged", @"##\[" }, // Azure Pipelines, and the first form of GitHub's: anywhere
        { "##teamcity[buildStatus status='SUCCESS']", @"##teamcity\[" },
        { "::add-mask::a", @"^\s*::" }, // GitHub, Gitea, Forgejo: at the start, white space before it or not
        { "::error file=a.c,line=1::forged", @"^\s*::" },
        { "\u00a0 ::stop-commands::x", @"^\s*::" },
        { "section_start:1560896352:a\r\u001b[0K", @"section_start:.*\r\x1b\[0K|^\s*section_start:" }, // GitLab
        { "section_end:1560896352:a\r\u001b[0K", @"section_end:.*\r\x1b\[0K|^\s*section_end:" },
        { "travis_fold:start:a", @"^\s*travis_fold:" },
        { "travis_time:start:a", @"^\s*travis_time:" },
        { "--- forged", @"^\s*(---|\+\+\+|~~~|\^\^\^)\s" }, // Buildkite
        { "+++ forged", @"^\s*(---|\+\+\+|~~~|\^\^\^)\s" },
        { "~~~ forged", @"^\s*(---|\+\+\+|~~~|\^\^\^)\s" },
        { "^^^ +++", @"^\s*(---|\+\+\+|~~~|\^\^\^)\s" },
        { "\u001b]1338;url=a\u0007", "\u001b" }, // Buildkite's inline images and links
        { "\u001b[8mha:AAAA\u001b[0m", "\u001b" }, // Jenkins' console notes
        { "###[warning]a", "##" },
    };

    [Theory]
    [MemberData(nameof(Dialects))]
    public void A_command_to_a_build_server_is_none_any_more(string command, string marker)
    {
        Assert.Matches(new Regex(marker, RegexOptions.Singleline), command);
        foreach (string text in (string[])[command, "  " + command, "usr/share/" + command, command + command])
        {
            string shown = SafeText.Show(text);
            Assert.DoesNotMatch(new Regex(marker), shown);
            Assert.Equal(text, Unescape(shown));
            Assert.DoesNotContain("##", ItemIdentity.Of(text), StringComparison.Ordinal);
            Assert.DoesNotContain("##", JsonStrings.Of([text]), StringComparison.Ordinal);
            Assert.Equal([text], System.Text.Json.JsonSerializer.Deserialize<string[]>(JsonStrings.Of([text]))!);
        }
        Assert.False(ItemIdentity.Of("::add-mask::a").StartsWith("::", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("usr/share/man/man3/File::Spec.3pm.gz")]
    [InlineData("usr/lib/C#/a")]
    [InlineData("a--- b+++ c")]
    [InlineData("éß 漢字 #1 [x] ~~~")]
    public void What_is_no_command_is_shown_as_it_is(string text) => Assert.Equal(text, SafeText.Show(text));

    [Theory]
    [InlineData("a\nb\u001b[31m\u202e%41\u2028\u009b")]
    [InlineData("\u0085::x")]
    public void Controls_line_separators_and_percent_are_escaped_and_can_be_had_back_rule_46(string text)
    {
        string shown = SafeText.Show(text);
        Assert.DoesNotContain(shown, static c => char.IsControl(c) || c is '\u202e' or '\u2028');
        Assert.Equal(text, Unescape(shown));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_shown() => Assert.Equal("a%FF%C3", SafeText.Show([(byte)'a', 0xff, 0xc3]));

    [Fact]
    public void Long_text_is_cut_and_says_so()
    {
        Assert.Equal(new string('a', 1024) + "… (476 more bytes)", SafeText.Show(new string('a', 1500)));
        Assert.True(SafeText.ShowShort(new string('\u0001', 1_000_000)).Length < 2000);
    }

    private static string Unescape(string shown)
    {
        List<byte> bytes = [];
        byte[] text = Encoding.UTF8.GetBytes(shown);
        for (int i = 0; i < text.Length; i++)
        {
            bytes.Add(text[i] == '%' ? byte.Parse(Encoding.ASCII.GetString(text, i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : text[i]);
            i += text[i] == '%' ? 2 : 0;
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
