using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Oci.Rootfs.Tests;

/// <summary>A code that leads nowhere helps nobody: codes in the sources and pages under <c>docs/errors</c> are the same set.</summary>
public sealed partial class ErrorPagesTests
{
    private static readonly string Repository = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    [Fact]
    public void Every_code_has_a_page_and_every_page_a_code() => Assert.Equal(Codes(), Pages().Keys);

    [Fact]
    public void Every_page_has_its_code_as_title_and_says_why_and_what_to_do() =>
        Assert.Empty(Pages().Where(static p =>
            !p.Value.StartsWith($"# {p.Key}: ", StringComparison.Ordinal)
            || !p.Value.Contains("\n## Why", StringComparison.Ordinal)
            || !p.Value.Contains("\n## What to do\n", StringComparison.Ordinal)).Select(static p => p.Key));

    [Fact]
    public void Links_inside_the_documentation_lead_to_files()
    {
        IEnumerable<string> files = [Path.Combine(Repository, "README.md"), .. Directory.EnumerateFiles(Path.Combine(Repository, "docs"), "*.md", SearchOption.AllDirectories)];
        string[] broken =
        [
            .. from file in files
               from Match link in Link().Matches(File.ReadAllText(file))
               let target = link.Groups[1].Value
               where !target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, target))
               select $"{file}: {target}",
        ];
        Assert.Empty(broken);
    }

    /// <summary>As literals in code, as attributes in the package's targets: not in comments.</summary>
    private static string[] Codes() =>
        [.. Sources().SelectMany(static f => Code().Matches(File.ReadAllText(f))).Select(static m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateDirectories(Path.Combine(Repository, "src"))
            .SelectMany(static project => Directory.EnumerateDirectories(project).Where(static d => Path.GetFileName(d) is not ("bin" or "obj"))
                .SelectMany(static d => Directory.EnumerateFiles(d, "*.cs", SearchOption.AllDirectories))
                .Concat(Directory.EnumerateFiles(project, "*.cs")))
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository, "build"), "*.targets", SearchOption.AllDirectories));

    private static SortedDictionary<string, string> Pages() =>
        new(Directory.EnumerateFiles(Path.Combine(Repository, "docs", "errors")).ToDictionary(static f => Path.GetFileNameWithoutExtension(f), File.ReadAllText), StringComparer.Ordinal);

    [GeneratedRegex("\"(OCI[0-9]{4})\"")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    private static string ThisFile([CallerFilePath] string file = "") => file;
}
