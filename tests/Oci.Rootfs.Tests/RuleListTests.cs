using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Oci.Rootfs.Tests;

/// <summary>
/// Each rule of what an image means has a number and a reason in docs/rules.md, and a test that ends in the number: <c>…_rule_16</c>,
/// <c>…_rules_34_35</c>. What a rule leaves on disk is tested through a whole extraction too.
/// </summary>
public sealed partial class RuleListTests
{
    private static readonly string Repository = FindRepository();
    private static readonly Rule[] Rules = ReadRules();

    private static int[] Numbers => [.. Rules.Select(static r => r.Number)];

    [Fact]
    public void Each_number_is_given_to_one_rule() => Assert.Equal(Numbers.Distinct(), Numbers);

    [Fact]
    public void Every_rule_has_a_test_with_its_number() => Assert.Empty(Numbers.Except(InTestNames(static _ => true)));

    [Fact]
    public void Every_rule_that_reaches_the_disk_has_a_test_that_extracts()
    {
        int[] onDisk = [.. Rules.Where(static r => r.ReachesDisk).Select(static r => r.Number)];

        Assert.NotEmpty(onDisk);
        Assert.Empty(onDisk.Except(InTestNames(static t => t.Namespace is "Oci.Rootfs.Tests.Extraction" or "Oci.Rootfs.Tests.Hostile")));
    }

    [Fact]
    public void Every_number_in_a_test_name_belongs_to_a_rule() => Assert.Empty(InTestNames(static _ => true).Except(Numbers));

    [Fact]
    public void Every_number_that_the_source_cites_belongs_to_a_rule()
    {
        string source = Path.Combine(Repository, "src");
        (string File, int Number)[] cited =
        [
            .. Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories).Where(static file => !file.Contains("/obj/", StringComparison.Ordinal))
                .SelectMany(file => Cited(File.ReadAllText(file)).Select(number => (Path.GetRelativePath(source, file), number))),
        ];

        Assert.NotEmpty(cited);
        Assert.DoesNotContain(cited, static c => !Numbers.Contains(c.Number));
    }

    [Theory]
    [InlineData("// See rule 16.", new[] { 16 })]
    [InlineData("// Rule 16: 3 links", new[] { 16 })]
    [InlineData("// (rules 13 and 14)", new[] { 13, 14 })]
    [InlineData("// rules 1 to 3, 52, 55 to 57 and 80", new[] { 1, 2, 3, 52, 55, 56, 57, 80 })]
    [InlineData("/// (rules 36\n    /// and 37)", new[] { 36, 37 })]
    [InlineData("// these rules", new int[0])]
    public void Citations_are_read_in_all_their_forms(string comment, int[] numbers) => Assert.Equal(numbers, Cited(comment));

    private static IEnumerable<int> Cited(string source) =>
        Citation().Matches(NextCommentLine().Replace(source, " ")).SelectMany(static m => m.Groups["range"].Captures).SelectMany(static c => Range(c.Value));

    private static IEnumerable<int> Range(string text)
    {
        int[] ends = [.. text.Split(" to ").Select(static t => int.Parse(t, CultureInfo.InvariantCulture))];
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    }

    private static IEnumerable<int> InTestNames(Func<Type, bool> where) =>
        typeof(RuleListTests).Assembly.GetTypes().Where(where)
            .SelectMany(static t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
            .Where(static m => m.IsDefined(typeof(FactAttribute)))
            .SelectMany(static m => NameEnd().Matches(m.Name))
            .SelectMany(static m => m.Groups["number"].Captures)
            .Select(static c => int.Parse(c.Value, CultureInfo.InvariantCulture)).Distinct();

    private static Rule[] ReadRules()
    {
        string page = File.ReadAllText(Path.Combine(Repository, "docs/rules.md"));
        Rule[] rules =
        [
            .. RuleStart().Matches(page)
                .Select(static m => new Rule(int.Parse(m.Groups["number"].Value, CultureInfo.InvariantCulture), m.Groups["disk"].Success)),
        ];

        // A rule in another form would be left out without a word.
        return rules.Length == page.Split("\n- ").Length - 1 ? rules : throw new InvalidDataException("docs/rules.md has a list item that is no rule");
    }

    private static string FindRepository([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../.."));

    [GeneratedRegex(@"^- \*\*Rule (?<number>\d+)(?<disk>, disk)?\.\*\* \S", RegexOptions.Multiline)]
    private static partial Regex RuleStart();

    [GeneratedRegex(@"_rules?(?:_(?:and_)?(?<number>\d+))+$")]
    private static partial Regex NameEnd();

    [GeneratedRegex(@"\s*\n\s*///?\s*")]
    private static partial Regex NextCommentLine();

    [GeneratedRegex(@"\b[Rr]ules? (?<range>\d+(?: to \d+)?)(?:(?:,| and|, and| or) (?<range>\d+(?: to \d+)?))*")]
    private static partial Regex Citation();

    private sealed record Rule(int Number, bool ReachesDisk);
}
