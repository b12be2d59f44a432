using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Oci.Rootfs.Tests;

/// <summary>
/// Each rule of what an image means has a number, and a test that ends in it: <c>…_rule_16</c>, <c>…_rules_34_35</c>. What a rule
/// leaves on disk is tested through a whole extraction too.
/// </summary>
public sealed partial class RuleListTests
{
    /// <summary>There is no rule 48.</summary>
    private static readonly int[] Rules = [.. Enumerable.Range(1, 99).Except([48])];

    /// <summary>Rules that are about what is on disk afterwards; the others are about the archive, the documents and errors alone.</summary>
    private static readonly int[] OnDisk =
    [
        .. Enumerable.Range(1, 47), 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 66, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 84, 96,
    ];

    [Fact]
    public void Every_rule_has_a_test_with_its_number() => Assert.Equal(Rules, Named(static _ => true));

    [Fact]
    public void Every_rule_that_reaches_the_disk_has_a_test_that_extracts() =>
        Assert.Equal(OnDisk, Named(static t => t.Namespace is "Oci.Rootfs.Tests.Extraction" or "Oci.Rootfs.Tests.Hostile").Intersect(OnDisk));

    private static int[] Named(Func<Type, bool> where) =>
    [
        .. typeof(RuleListTests).Assembly.GetTypes().Where(where)
            .SelectMany(static t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
            .Where(static m => m.IsDefined(typeof(FactAttribute)))
            .SelectMany(static m => Numbers().Matches(m.Name))
            .SelectMany(static m => m.Groups["number"].Captures)
            .Select(static c => int.Parse(c.Value, CultureInfo.InvariantCulture)).Distinct().Order(),
    ];

    [GeneratedRegex(@"_rules?(?:_(?:and_)?(?<number>\d+))+$")]
    private static partial Regex Numbers();
}
