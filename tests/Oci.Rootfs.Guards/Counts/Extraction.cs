namespace Oci.Rootfs.Guards.Counts;

/// <summary>How the guards of counts call the runner: always the same tree of the same work directory.</summary>
internal static class Extraction
{
    /// <summary>Exit codes of the runner.</summary>
    public const int Done = 0, UpToDate = 3;

    private const string Tree = "tree";

    public static IEnumerable<string> Arguments(string runner, string image, WorkDirectory work, bool withDirectory = true) =>
        [runner, "extract", image, withDirectory ? work[Tree] : "-", "--platform", "linux/amd64"];

    public static string Archive(WorkDirectory work, string ending) => work["archives/" + Tree + ending];

    /// <summary>Options for archives of the tree: one with each of these endings.</summary>
    public static string[] Archives(WorkDirectory work, params string[] endings) => [.. endings.SelectMany(ending => new[] { "--archive", Archive(work, ending) })];

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
        File.Delete(work[$".{Tree}.oci-state"]);
        RemoveArchives(work);
    }

    public static void RemoveArchives(WorkDirectory work)
    {
        if (Directory.Exists(work["archives"]))
            Directory.Delete(work["archives"], recursive: true);
    }
}
