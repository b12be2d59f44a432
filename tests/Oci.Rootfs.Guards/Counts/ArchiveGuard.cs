namespace Oci.Rootfs.Guards.Counts;

/// <summary>
/// An archive costs one more reading of the contents that survive, from the tree or from the nameless file, and one writing of its own bytes.
/// Several archives cost no second one.
/// </summary>
internal static class ArchiveGuard
{
    private static readonly string[] Endings = [".tar", ".tar.gz"];

    public static void Check(string runner, GuardImage image, WorkDirectory work, Checks checks)
    {
        Checks beside = checks.Of("archives beside a directory"), alone = checks.Of("archives alone");
        StraceLog log = StraceLog.Of(runner, image, work, Extraction.Done, withDirectory: true, Extraction.Archives(work, Endings));
        ExtractionGuard.Check(log, image, beside);
        CheckArchives(log, work, beside);
        CheckContents(log, image, beside, Sum(log, static c => c.IsRead, file => log.NameInTree(file).Length > 0));
        NothingToDoGuard.Check(StraceLog.Of(runner, image, work, Extraction.UpToDate, withDirectory: true, Extraction.Archives(work, Endings)), image, beside);
        Extraction.RemoveTree(work);

        log = StraceLog.Of(runner, image, work, Extraction.Done, withDirectory: false, Extraction.Archives(work, Endings));
        ExtractionGuard.CheckLayers(log, image, alone);
        CheckArchives(log, work, alone);
        CheckContents(log, image, alone, Sum(log, static c => c.IsRead, IsNameless));
        alone.Equal("the nameless file's bytes are written once", image.Files.Values.Sum(), Sum(log, static c => c.IsWrite, IsNameless));
        NothingToDoGuard.Check(StraceLog.Of(runner, image, work, Extraction.UpToDate, withDirectory: false, Extraction.Archives(work, Endings)), image, alone);
        Extraction.RemoveArchives(work);
    }

    private static void CheckArchives(StraceLog log, WorkDirectory work, Checks checks)
    {
        foreach (string ending in Endings)
        {
            string archive = Extraction.Archive(work, ending);
            string temporary = Path.Combine(Path.GetDirectoryName(archive)!, $".{Path.GetFileName(archive)}.oci-new");
            checks.Equal($"the bytes of the {ending} are written once", new FileInfo(archive).Length, Sum(log, static c => c.IsWrite, file => file == temporary));
        }
    }

    private static void CheckContents(StraceLog log, GuardImage image, Checks checks, long read) =>
        checks.Equal("the contents of all surviving files are read once", image.Files.Values.Sum(), read);

    /// <summary>The engine's file without a name, as strace remembers its first one.</summary>
    private static bool IsNameless(string file) => file.EndsWith(".oci-temporary", StringComparison.Ordinal);

    private static long Sum(StraceLog log, Func<SystemCall, bool> isMeant, Func<string, bool> file) =>
        log.Calls.Where(c => isMeant(c) && c.Succeeded && file(c.File)).Sum(static c => c.Result);
}
