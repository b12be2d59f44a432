using System.Text;

namespace Oci.Rootfs.Guards.Counts;

/// <summary>One extraction under strace: what the runner printed, and its system calls on files, in the order of their ends.</summary>
internal sealed class StraceLog
{
    private const string Unfinished = "<unfinished ...>";

    /// <summary>Longer strings would make the log as long as the image; no path here is longer.</summary>
    private const string StringLength = "300";

    private readonly string _staging;

    private StraceLog(WorkDirectory work, string output, IReadOnlyList<SystemCall> calls)
    {
        (Work, Output, Calls) = (work.Path + "/", output, calls);
        _staging = Work + ".tree.";
    }

    public string Output { get; }

    public IReadOnlyList<SystemCall> Calls { get; }

    /// <summary>The directory of the image and of the tree, with a slash at its end.</summary>
    public string Work { get; }

    /// <summary>
    /// Extracts the image, one layer after the other: what layers that are read at once write in vain depends on which comes first, and has a
    /// guard of its own. The umask is set, because it decides which modes a node has from the start.
    /// </summary>
    public static StraceLog Of(string runner, GuardImage image, WorkDirectory work, int expected, bool withDirectory = true, params string[] options) =>
        Of(runner, image.Directory, work, expected, withDirectory, options);

    /// <param name="runner">The runner.</param>
    /// <param name="image">The directory of an image.</param>
    /// <param name="work">The work directory.</param>
    /// <param name="expected">The runner's exit code.</param>
    /// <param name="withDirectory">Whether it makes a directory.</param>
    /// <param name="options">More options.</param>
    public static StraceLog Of(string runner, string image, WorkDirectory work, int expected, bool withDirectory = true, params string[] options)
    {
        string log = work["trace"];
        string[] traced = [.. SystemCall.Writes, .. SystemCall.Reads, .. SystemCall.Changes, .. SystemCall.Opens, .. SystemCall.Looks, "close"];
        Command done = Command.Run("sh",
            ["-c", "umask 022; exec \"$@\"", "sh", "strace", "-f", "-y", "-s", StringLength, "-o", log, "-e", "trace=" + string.Join(',', traced),
                "dotnet", .. Extraction.Arguments(runner, image, work, withDirectory), "--cores", "1", .. options])
            .Expect(expected);
        StraceLog result = new(work, done.Output, [.. Parse(File.ReadLines(log, Encoding.Latin1))]);
        File.Delete(log);
        return result;
    }

    /// <summary>The name that the image has for a path of the tree under construction; empty for the tree itself and for every other path.</summary>
    public string NameInTree(string path)
    {
        if (!path.StartsWith(_staging, StringComparison.Ordinal))
            return "";
        int slash = path.IndexOf('/', _staging.Length);
        return slash > _staging.Length ? path[(slash + 1)..] : "";
    }

    /// <summary>Strace splits a call that another thread's call interrupts into two lines.</summary>
    private static IEnumerable<SystemCall> Parse(IEnumerable<string> lines)
    {
        Dictionary<string, string> begun = new(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            string thread = line[..space], text = line[space..].Trim();
            if (text.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                begun[thread] = text[..^Unfinished.Length];
                continue;
            }
            if (text.StartsWith("<... ", StringComparison.Ordinal) && begun.Remove(thread, out string? beginning))
                text = beginning + text[(text.IndexOf('>', StringComparison.Ordinal) + 1)..];
            if (SystemCall.Parse(text) is { } call)
                yield return call;
        }
    }
}
