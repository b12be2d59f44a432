using System.Text.RegularExpressions;

namespace Oci.Rootfs.Guards.Counts;

/// <summary>
/// Counts the methods that are compiled in a process whose code was compiled ahead of time. They are what one of the framework's generic
/// types or methods needs for types that it has no code for.
/// </summary>
internal static partial class CompilationGuard
{
    /// <summary>Found were 16 and 12 methods, most of them the framework's own affair. One <c>List</c> of a structure of ours is ten more.</summary>
    private const int Most = 21, MostForNothing = 16;

    /// <summary>Found were 20 methods, eight of them for reading an archive. When the serialiser read the cache's record, there were 453.</summary>
    private const int MostForCompressed = 24;

    /// <summary>
    /// Found were 21, 15 and 57 methods. 38 of the last are the queue of ZstdSharp's jobs, a structure, and some of its methods that are always
    /// compiled anew for the processor.
    /// </summary>
    private const int MostForArchives = 23, MostForNothingWithArchives = 17, MostForZstdArchive = 60;

    public static void Check(string runner, GuardImage image, WorkDirectory work, Checks checks)
    {
        Few("methods compiled for an extraction", Compiled(runner, image.Directory, work, Extraction.Done), Most, checks);
        Few("nothing to do: methods compiled", Compiled(runner, image.Directory, work, Extraction.UpToDate), MostForNothing, checks);
        Extraction.RemoveTree(work);
        Few("methods compiled for an extraction with .tar and .tar.gz", Compiled(runner, image.Directory, work, Extraction.Done, Extraction.Archives(work, ".tar", ".tar.gz")), MostForArchives, checks);
        Few("nothing to do, with archives: methods compiled", Compiled(runner, image.Directory, work, Extraction.UpToDate, Extraction.Archives(work, ".tar", ".tar.gz")), MostForNothingWithArchives, checks);
        Extraction.RemoveTree(work);
        Few("methods compiled for an extraction with .tar.zst", Compiled(runner, image.Directory, work, Extraction.Done, Extraction.Archives(work, ".tar.zst")), MostForZstdArchive, checks);
        Extraction.RemoveTree(work);
        string archive = work["image.tar.gz"];
        image.WriteCompressedArchive(archive);
        // Once for the cache, into which the engine unpacks it, and for the tree. The tree is made again: another image was there, by its name.
        Compiled(runner, archive, work, Extraction.Done);
        Few("nothing to do, compressed as a whole: methods compiled", Compiled(runner, archive, work, Extraction.UpToDate), MostForCompressed, checks);
    }

    private static void Few(string name, string[] methods, int most, Checks checks)
    {
        checks.AtMost(name, most, methods.Length);
        if (methods.Length <= most)
            return;
        foreach (string method in methods)
            Console.WriteLine("      " + method);
    }

    /// <summary>
    /// The methods whose first code the JIT compiler made. The methods that it would make faster do not count, because that depends on time. It
    /// makes none faster here: a runtime that does so on another thread while the process ends sometimes crashes on its closed log.
    /// </summary>
    private static string[] Compiled(string runner, string image, WorkDirectory work, int expected, params string[] options)
    {
        string log = work["jit"];
        File.Delete(log);
        Extraction.Run(runner, image, work, expected, new Dictionary<string, string>
        {
            ["DOTNET_JitStdOutFile"] = log,
            ["DOTNET_JitDisasmSummary"] = "1",
            ["DOTNET_TieredPGO"] = "0",
            ["DOTNET_TC_CallCounting"] = "0",
        }, ["--cache", work["cache"], .. options]);
        string[] methods = File.Exists(log) ? [.. FirstCode().Matches(File.ReadAllText(log)).Select(static m => m.Groups["method"].Value)] : [];
        return methods.Length > 0
            ? [.. methods.Where(static m => !Vectors().IsMatch(m))]
            : throw new CommandException("the runtime says nothing of what it compiles");
    }

    [GeneratedRegex(@"JIT compiled (?<method>.*) \[Tier-?0")]
    private static partial Regex FirstCode();

    /// <summary>Whether the framework's vector code is compiled again depends on the processor.</summary>
    [GeneratedRegex("Vector|SpanHelpers|SearchValues|IndexOfAnyAsciiSearcher|ProbabilisticMap|HexConverter")]
    private static partial Regex Vectors();
}
