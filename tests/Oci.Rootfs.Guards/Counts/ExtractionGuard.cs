using System.Text.RegularExpressions;

namespace Oci.Rootfs.Guards.Counts;

/// <summary>An extraction reads each blob once and writes what survives once; it does nothing twice and nothing in vain.</summary>
internal static partial class ExtractionGuard
{
    /// <summary>The engine keeps 500, and 32 for each of at most nine batches of small files; it walks through some more.</summary>
    private const int MostHandles = 800;

    /// <summary>The names of nodes by which the engine finds out what may be set here begin so.</summary>
    private const string Probe = "probe";

    public static void Check(StraceLog log, GuardImage image, Checks checks)
    {
        CheckLayers(log, image, checks);
        CheckFiles(log, image, checks);
        CheckNodes(log, image, checks);
    }

    /// <summary>Each layer is opened, read and inflated once.</summary>
    public static void CheckLayers(StraceLog log, GuardImage image, Checks checks)
    {
        Dictionary<string, long> opened = Sums(log.Calls.Where(static c => c.IsOpen && c.Succeeded), static c => c.Path, static _ => 1);
        Dictionary<string, long> read = Sums(log.Calls.Where(static c => c.IsRead && c.Succeeded), static c => c.File, static c => c.Result);
        checks.None("each layer's blob is opened once",
            from blob in image.Layers.Keys let times = opened.GetValueOrDefault(blob) where times != 1 select $"{blob} {times} times");
        checks.None("each layer's blob is read once, to its end",
            from blob in image.Layers let bytes = read.GetValueOrDefault(blob.Key) where bytes != blob.Value select $"{bytes} of {blob.Value} bytes of {blob.Key}");
        checks.Equal("each layer is inflated once", image.Layers.Count, Inflated().Count(log.Output));
        checks.Equal("no layer is read in a second pass", false, log.Output.Contains("second pass", StringComparison.Ordinal));
    }

    private static void CheckFiles(StraceLog log, GuardImage image, Checks checks)
    {
        Dictionary<string, long> made = Sums(log.Calls.Where(static c => c.Makes), c => log.NameInTree(c.Path), static _ => 1);
        Dictionary<string, long> written = Sums(log.Calls.Where(static c => c.IsWrite && c.Succeeded), c => log.NameInTree(c.File), static c => c.Result);
        checks.None("each surviving file is made once",
            from file in image.Files.Keys let times = made.GetValueOrDefault(file) where times != 1 select $"{file} {times} times");
        checks.None("no file is made that does not survive", made.Keys.Where(name => name is not ("" or Probe) && !image.Files.ContainsKey(name)));
        checks.None("each surviving file's bytes are written once",
            from file in image.Files let bytes = written.GetValueOrDefault(file.Key) where bytes != file.Value select $"{bytes} of {file.Value} bytes of {file.Key}");
    }

    private static void CheckNodes(StraceLog log, GuardImage image, Checks checks)
    {
        checks.None("nothing in the tree is moved or removed",
            from call in log.Calls
            where SystemCall.Removes.Contains(call.Name) && call.Succeeded
            let name = log.NameInTree(call.Path)
            where name.Length > 0 && !name.StartsWith(Probe, StringComparison.Ordinal)
            select $"{call.Name} {call.Path}");
        checks.None("no owner and no mode is set that a node has from the start",
            from call in log.Calls
            where SystemCall.Grants.Contains(call.Name) && log.NameInTree(call.Path).Trim('.') is not ("" or Probe)
            select $"{call.Name} {call.Path}");
        CheckDirectories(log, image, checks);
        checks.AtMost("handles to directories at once", MostHandles, HandlesAtOnce(log));
    }

    /// <summary>
    /// All directories, those outside the tree too. The engine makes and removes the probe's directory several times by one name, for each way
    /// in which something may be refused: that is a fixed cost of a few calls.
    /// </summary>
    private static void CheckDirectories(StraceLog log, GuardImage image, Checks checks)
    {
        Dictionary<string, long> made = Sums(
            log.Calls.Where(static c => c.Name is "mkdir" or "mkdirat" && c.Succeeded),
            c => log.NameInTree(c.Path) is { Length: > 0 } name ? name : c.Path,
            static _ => 1);
        IEnumerable<string> needed = image.Files.Keys.Select(static f => Path.GetDirectoryName(f)!).Where(static d => d.Length > 0);
        checks.None("directories are made once",
            from directory in needed.Union(made.Keys) let times = made.GetValueOrDefault(directory) where times != 1 && directory != Probe select $"{directory} {times} times");
    }

    private static int HandlesAtOnce(StraceLog log)
    {
        int most = 0;
        HashSet<long> open = [];
        foreach (SystemCall call in log.Calls)
        {
            if (call.Name == "close")
                open.Remove(call.HandleNumber);
            else if (call.OpensDirectory && call.Path.StartsWith(log.Work, StringComparison.Ordinal))
                open.Add(call.Result);
            most = Math.Max(most, open.Count);
        }
        return most;
    }

    private static Dictionary<string, long> Sums(IEnumerable<SystemCall> calls, Func<SystemCall, string> key, Func<SystemCall, long> value)
    {
        Dictionary<string, long> sums = new(StringComparer.Ordinal);
        foreach (SystemCall call in calls)
            sums[key(call)] = sums.GetValueOrDefault(key(call)) + value(call);
        return sums;
    }

    [GeneratedRegex(@"^Layer \d+ of \d+ .* bytes inflated\.$", RegexOptions.Multiline)]
    public static partial Regex Inflated();
}
