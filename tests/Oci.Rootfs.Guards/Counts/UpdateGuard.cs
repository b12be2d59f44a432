namespace Oci.Rootfs.Guards.Counts;

/// <summary>
/// A changed top layer costs that layer: it is opened once and no other is. The tree costs one look at each path, and a few calls for each path
/// that changes. No content is ever written into a file of the tree that stands.
/// </summary>
internal static class UpdateGuard
{
    private const int CallsPerChange = 8, OtherCalls = 50;

    public static void Check(string runner, GuardImage image, WorkDirectory work, Checks checks)
    {
        Checks own = checks.Of("update");
        StraceLog.Of(runner, image, work, Extraction.Done);
        int paths = Directory.EnumerateFileSystemEntries(work["tree"], "*", SearchOption.AllDirectories).Count();
        string changed = work["changed"];
        string top = image.WriteChanged(changed);
        StraceLog log = StraceLog.Of(runner, changed, work, Extraction.Done);

        own.Equal("the unknown layer is opened once", 1L, log.Calls.Count(c => c.IsOpen && c.Succeeded && c.Path == top));
        own.Equal("no known layer is opened", 0L, log.Calls.Count(c => c.IsOpen && image.Layers.Keys.Any(layer => Path.GetFileName(layer) == Path.GetFileName(c.Path) && c.Path != top)));
        own.Equal("nothing is written into a file of the tree", 0L, log.Calls.Count(c => c.IsWrite && IsInTree(c.File, work)));
        own.Equal("no file of the tree is opened to be written", 0L, log.Calls.Count(c => c.IsOpen && IsInTree(c.Path, work) && (c.Arguments.Contains("O_WRONLY", StringComparison.Ordinal) || c.Arguments.Contains("O_RDWR", StringComparison.Ordinal))));
        int looks = log.Calls.Count(c => SystemCall.Looks.Contains(c.Name) && (IsInTree(c.File, work) || IsInTree(c.Path, work)));
        own.AtMost("looks at the tree", (paths * 105 / 100) + (CallsPerChange * GuardImage.ChangedPaths), looks);
        int changes = log.Calls.Count(c => SystemCall.Changes.Contains(c.Name) && c.Path.StartsWith(work.Path, StringComparison.Ordinal));
        own.AtMost("calls that change something", (CallsPerChange * GuardImage.ChangedPaths) + OtherCalls, changes);
        Directory.Delete(changed, recursive: true);
        Extraction.RemoveTree(work);
    }

    /// <summary>While the tree is changed, it has another name.</summary>
    private static bool IsInTree(string path, WorkDirectory work) =>
        path.StartsWith(work["tree/"], StringComparison.Ordinal) || path.StartsWith(work[".tree.oci-away"], StringComparison.Ordinal);
}
