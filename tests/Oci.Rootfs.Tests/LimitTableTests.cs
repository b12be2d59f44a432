using System.Globalization;
using System.Runtime.CompilerServices;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Tests;

/// <summary>A limit is one row: what sets it, what it says when exceeded and what docs/limits.md says of it come from there.</summary>
public sealed class LimitTableTests
{
    public static TheoryData<string> Names => [.. typeof(RootfsLimits).GetProperties().Select(static p => p.Name)];

    [Fact]
    public void The_table_in_docs_limits_is_the_table_in_the_code() =>
        Assert.Equal(LimitTable.Rows.Select(Line), File.ReadAllLines(Docs()).Where(static line => line.StartsWith("| `", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_limit_is_set_by_its_name_and_the_others_stay(string name)
    {
        RootfsLimits limits = new RootfsLimits().With($"{name}=7");

        Assert.Equal("7", Value(limits, name));
        Assert.All(Names, other => Assert.Equal(other == name ? "7" : Value(new RootfsLimits(), other), Value(limits, other)));
    }

    [Theory]
    [InlineData("MaxNodes=5;MaxFileBytes=6")]
    [InlineData("MaxNodes=5,MaxFileBytes=6")]
    [InlineData("  MaxNodes=5\r\n\tMaxFileBytes=6\n;")]
    [InlineData("maxnodes=5;MAXFILEBYTES=6")]
    [InlineData("MaxNodes=1;MaxFileBytes=1;MaxNodes=5;;MaxFileBytes=6")]
    public void Settings_are_divided_by_semicolons_commas_and_white_space_and_the_last_counts(string settings)
    {
        RootfsLimits limits = new RootfsLimits().With(settings);

        Assert.Equal(new RootfsLimits { MaxNodes = 5, MaxFileBytes = 6 }, limits);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n ")]
    public void Without_settings_the_limits_are_the_same_object(string? settings)
    {
        RootfsLimits limits = new();

        Assert.Same(limits, limits.With(settings));
    }

    [Theory]
    [InlineData("MaxNode=5", "There is no such limit", "'MaxNode'")]
    [InlineData("=5", "There is no such limit", "''")]
    [InlineData("MaxNodes", "Limits has a word that sets no limit", "'MaxNodes'")]
    [InlineData("MaxNodes = 5", "Limits has a word that sets no limit", "'MaxNodes'")]
    public void A_wrong_name_is_an_error_that_lists_the_right_ones(string settings, string problem, string found)
    {
        OciException error = Assert.Throws<OciException>(() => new RootfsLimits().With(settings));

        Assert.Equal(("OCI7010", problem, found), (error.Code, error.Problem, error.Found));
        Assert.All(Names, name => Assert.Contains(name, error.Expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("MaxNodes", "0", "2147483647")]
    [InlineData("MaxNodes", "2147483648", "2147483647")]
    [InlineData("MaxFileBytes", "9223372036854775808", "9223372036854775807")]
    [InlineData("RatioFreeBytes", "0", "9223372036854775807")]
    [InlineData("MaxFileBytes", "", "9223372036854775807")]
    public void A_wrong_number_is_an_error_that_says_the_range(string name, string value, string most)
    {
        OciException error = Assert.Throws<OciException>(() => new RootfsLimits().With($"{name}={value}"));

        Assert.Equal(("OCI7010", $"{name} can't have this value", $"'{value}'"), (error.Code, error.Problem, error.Found));
        Assert.Equal($"a whole number from 1 to {most}, in digits", error.Expected);
    }

    [Fact]
    public void The_largest_numbers_are_limits()
    {
        RootfsLimits limits = new RootfsLimits().With("MaxNodes=2147483647;MaxFileBytes=9223372036854775807");

        Assert.Equal((int.MaxValue, long.MaxValue), (limits.MaxNodes, limits.MaxFileBytes));
    }

    private static string Value(RootfsLimits limits, string name) =>
        Convert.ToString(typeof(RootfsLimits).GetProperty(name)!.GetValue(limits), CultureInfo.InvariantCulture)!;

    private static string Line(LimitRow row) =>
        $"| `{row.Name}` | {Shown(row.Default)} | {row.Unit} | {row.Bounds} | {string.Join(", ", row.Codes.Select(static code => $"[{code}](errors/{code}.md)"))} |";

    private static string Shown(long number)
    {
        string[] units = ["", "KiB", "MiB", "GiB", "TiB"];
        int unit = 0;
        for (long rest = number; rest % 1024 == 0; rest /= 1024)
            unit++;
        return unit < 2 ? $"`{number}`" : $"`{number}` ({number >> (10 * unit)} {units[unit]})";
    }

    private static string Docs([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../docs/limits.md"));
}
