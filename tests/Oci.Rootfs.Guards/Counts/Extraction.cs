namespace Oci.Rootfs.Guards.Counts;

/// <summary>How the guards of counts call the runner: always the same tree of the same work directory.</summary>
internal static class Extraction
{
    /// <summary>Exit codes of the runner.</summary>
    public const int Done = 0, UpToDate = 3;

    private const string Tree = "tree";

    public static IEnumerable<string> Arguments(string runner, string image, WorkDirectory work) =>
        [runner, "extract", image, work[Tree], "--platform", "linux/amd64"];

    /// <summary>What the runner says when it writes every document that it can.</summary>
    public static string Run(string runner, string image, WorkDirectory work, int expected, IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        IEnumerable<string> outputs = new[] { "json", "props", "mtree" }.SelectMany(kind => new[] { "--" + kind, work[$"{Tree}.{kind}"] });
        return Command.Run("dotnet", [.. Arguments(runner, image, work), .. options, .. outputs], environment).Expect(expected).Output;
    }

    public static void RemoveTree(WorkDirectory work)
    {
        Directory.Delete(work[Tree], recursive: true);
        File.Delete(work[$".{Tree}.oci"]);
    }
}
