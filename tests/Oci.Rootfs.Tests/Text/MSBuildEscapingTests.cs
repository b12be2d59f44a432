using System.Xml;
using Microsoft.Build.Construction;
using Microsoft.Build.Evaluation;
using Microsoft.Build.Execution;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Tests.Text;

/// <summary>Text in, the same text out: MSBuild's own reader and its own escaper say whether.</summary>
public sealed class MSBuildEscapingTests
{
    public static TheoryData<string> Texts =>
    [
        "plain", "", "a b", " a ", "a;b", "$(X)", "@(Y)", "%(Z)", "%41", "100%", "*", "**/?.c", "it's", "\"<&>", "a\\b", "a\nb\r\n\tc", "\0\u001f\u007f\u0085",
        "\u00a0", "é", "\u202eabc\u2066", "\ufffe\uffff", "😀", "\ud800", "a\udc00b", "$([System.IO.File]::ReadAllText('/etc/passwd'))", "-->", "]]>",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void An_attribute_evaluates_to_the_text(string text)
    {
        string project = $"""<Project><PropertyGroup><X>EVALUATED</X></PropertyGroup><ItemGroup><I Include="i" M="{MSBuildEscaping.Attribute(text)}" /></ItemGroup></Project>""";

        Assert.Equal(text, Items(project).Single().GetMetadataValue("M"));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void An_attribute_can_be_shown_in_a_terminal(string text) =>
        Assert.DoesNotContain(MSBuildEscaping.Attribute(text), static c => char.IsControl(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format);

    [Theory]
    [InlineData("a;b")]
    [InlineData("it's $(X) @(Y) %41*?")]
    [InlineData("a b\nc")]
    [InlineData("résumé\u202e.tar")]
    public void An_attribute_as_an_include_is_one_item_of_that_name(string text)
    {
        string project = $"""<Project><ItemGroup><I Include="{MSBuildEscaping.Attribute(text)}" /></ItemGroup></Project>""";

        Assert.Equal(text, Assert.Single(Items(project)).EvaluatedInclude);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void An_identity_leaves_nothing_that_MSBuild_would_escape_trim_or_turn(string text)
    {
        string identity = MSBuildEscaping.Identity(text);

        Assert.Equal(text, ProjectCollection.Unescape(identity));
        Assert.Equal(identity, ProjectCollection.Escape(identity).Replace("%25", "%", StringComparison.Ordinal));
        Assert.Equal(identity, identity.Trim());
        Assert.DoesNotContain('\\', identity);
    }

    private static ICollection<ProjectItemInstance> Items(string project)
    {
        using ProjectCollection projects = new();
        using XmlReader reader = XmlReader.Create(new StringReader(project), new XmlReaderSettings { CheckCharacters = false });
        return new ProjectInstance(ProjectRootElement.Create(reader, projects), new Dictionary<string, string>(), null, projects).Items;
    }
}
