using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>OCI5xxx: writing, replacing and removing the destination.</summary>
internal static class DiskErrors
{
    /// <summary>Warning: a tree that is replaced or removed contains files that no build of ours made.</summary>
    public const string ForeignFilesRemoved = "OCI5101";

    /// <summary>The code for a directory that is not ours.</summary>
    public const string NotOursCode = "OCI5001";

    /// <summary>Warning: a time outside the file system's range.</summary>
    public const string TimeClamped = "OCI5102";

    /// <summary>OCI5103, a warning.</summary>
    public static void WarnLeft(RootfsLog log, string path, long left, OciException why) => log.Warning("OCI5103", string.Create(CultureInfo.InvariantCulture,
        $"{left} {(left == 1 ? "file or directory" : "files or directories")} of an earlier tree can't be removed and {(left == 1 ? "stays" : "stay")} in '{path}'. {why.Message} A later build removes them when it can."));

    /// <summary>OCI5104, a warning.</summary>
    public static void WarnNoLock(RootfsLog log, string path) => log.Warning("OCI5104",
        $"The file system has no locks for '{path}'. The build goes on without a lock: no other build may use the same place at the same time.");

    /// <summary>OCI5105, a warning.</summary>
    public static void WarnReachable(RootfsLog log, string tree) => log.Warning("OCI5105",
        $"Other users of this machine can reach '{tree}', and root has made setuid files, file capabilities or devices of the image in it. Keep them out: chmod 700 '{Path.GetDirectoryName(tree)}'");

    /// <summary>OCI5106, a warning.</summary>
    /// <param name="log">The log.</param>
    /// <param name="tree">The tree's directory.</param>
    /// <param name="other">The project that made the tree that stands there, as the state file says.</param>
    /// <param name="project">The project that makes it now.</param>
    public static void WarnOtherProject(RootfsLog log, string tree, string other, string project) => log.Warning("OCI5106",
        $"'{SafeText.Show(other)}' made another tree in '{SafeText.Show(tree)}', which '{SafeText.Show(project)}' now replaces. Each build of the one replaces the tree of the other: give each project a RootfsDirectory of its own.");

    /// <summary>OCI7101, a warning.</summary>
    public static void WarnDrifted(RootfsLog log, string tree, int count, string named) => log.Warning("OCI7101", string.Create(CultureInfo.InvariantCulture,
        $"{count} {(count == 1 ? "path" : "paths")} of '{SafeText.Show(tree)}' {(count == 1 ? "was" : "were")} changed since {(count == 1 ? "it was" : "they were")} extracted, and {(count == 1 ? "is" : "are")} made right: {named}{(count > 3 ? ", …" : "")}. Keep changes of your own elsewhere."));

    public static OciException Drifted(string tree, int count, string named) => new("OCI7102", "The tree was changed since it was extracted")
    {
        Entry = SafeText.Show(tree),
        Expected = "the tree as the last build left it",
        Found = string.Create(CultureInfo.InvariantCulture, $"{count} changed {(count == 1 ? "path" : "paths")}: {named}{(count > 3 ? ", …" : "")}"),
        Hint = "Nothing was touched. Save what you need, and set Drift to Restore, or remove the tree.",
    };

    public static OciException NotTakenBack(string tree, string why, Exception inner) => new("OCI5021", "A change of the tree failed, and so did taking it back", inner)
    {
        Entry = SafeText.Show(tree),
        Found = why,
        Hint = "No tree stands there now. The next build makes it anew.",
    };

    private const string SpaceHint = "Free some space, or set RootfsDirectory to a larger file system; the previous tree, if any, stands.";

    /// <summary>Translates a failed system call for the user.</summary>
    public static OciException FromErrno(int errno, string doing, ReadOnlySpan<byte> path) => errno switch
    {
        Errno.NoSpace or Errno.Quota => NoSpace(doing, path, errno),
        Errno.PermissionDenied or Errno.AccessDenied or Errno.ReadOnly => Permission(doing, path, errno),
        Errno.TooManyLinks => TooManyLinks(path),
        Errno.TooManyFiles or Errno.TableFull => TooManyOpenFiles(SafeText.Show(path), errno, null),
        Errno.InputOutput => Broken(doing, path, errno),
        _ => Failed(doing, path, errno),
    };

    public static OciException NotOurs(string directory) => new(NotOursCode, "The destination is not a tree that this package made")
    {
        Entry = directory,
        Expected = "an absent or empty directory, or one with our state file beside it",
        Found = "files, and no state file beside the directory",
        Hint = "Nothing was deleted. Remove the directory yourself (chmod -R u+rwX first, if rm can't enter it), or set RootfsDirectory to another place.",
    };

    /// <param name="directory">The destination.</param>
    /// <param name="stateFile">The state file beside it.</param>
    /// <param name="differences">What a copy of the tree would not have; null where that is not known.</param>
    public static OciException OtherTree(string directory, string stateFile, string? differences) => new(NotOursCode, "The destination is not the tree that this package made here")
    {
        Entry = directory,
        Expected = "the directory that the state file beside it names",
        Found = differences is null ? "another directory: a copy, or one restored from a cache or a backup" : $"another directory, which is no exact copy of that tree: {differences}",
        Hint = $"Nothing was deleted. If it is a copy of such a tree, remove it together with '{stateFile}' and build again; otherwise set RootfsDirectory to another place.",
    };

    public static OciException NotADirectory(string path, string found) => new("OCI5002", "The destination is no directory")
    {
        Entry = path,
        Expected = "a directory, or nothing",
        Found = found,
        Hint = "Remove it, or set RootfsDirectory to another place.",
    };

    public static OciException NoSpace(string doing, ReadOnlySpan<byte> path, int errno) => new("OCI5003", $"No space left while {doing}")
    {
        Entry = SafeText.Show(path),
        Found = Describe(errno),
        Hint = SpaceHint,
    };

    /// <summary>The code for what this process may not do.</summary>
    public const string PermissionCode = "OCI5004";

    public static OciException Permission(string doing, ReadOnlySpan<byte> path, int errno) => new(PermissionCode, $"Permission denied while {doing}")
    {
        Entry = SafeText.Show(path),
        Found = Describe(errno),
        Hint = "The directory that holds RootfsDirectory must be writable by the user that builds.",
    };

    public static OciException Failed(string doing, ReadOnlySpan<byte> path, int errno) => new("OCI5005", $"The system refused {doing}")
    {
        Entry = SafeText.Show(path),
        Found = Describe(errno),
        Hint = "Look whether the file system that holds RootfsDirectory supports this.",
    };

    public static OciException TooManyLinks(ReadOnlySpan<byte> path) => new("OCI5006", "A file has more hardlinks than the file system allows")
    {
        Entry = SafeText.Show(path),
        Hint = "ext4 allows 65,000 links to a file, btrfs 65,535; set RootfsDirectory to a file system that allows more, such as XFS or tmpfs.",
    };

    public static OciException XattrTooLarge(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, int size) => new("OCI5007", "The file system can't hold an extended attribute")
    {
        Entry = SafeText.Show(path),
        Found = string.Create(CultureInfo.InvariantCulture, $"{SafeText.Show(name)} of {size} bytes"),
        Hint = "ext4 holds one block (4 KiB) of attributes a file; set RootfsDirectory to a file system that holds more, or Ownership to Record.",
    };

    public static OciException MountInside(string mountPoint) => new("OCI5008", "Something is mounted on or inside the destination")
    {
        Entry = mountPoint,
        Hint = "Unmount it first; nothing was touched.",
    };

    public static OciException CannotPreserve(string what, string? why, string? entry) => new("OCI5009", $"Ownership is Preserve, but this process can't set {what}")
    {
        Entry = entry,
        Found = why,
        Hint = "Build as root, or set Ownership to Auto, which records in the mtree file what the disk can't hold.",
    };

    /// <param name="what">The kind of node in the plural, as in <c>hardlinks</c>.</param>
    /// <param name="path">The first path that could not be made.</param>
    /// <param name="errno">The errno of the failed call.</param>
    public static OciException NodeNotSupported(string what, ReadOnlySpan<byte> path, int errno) => new("OCI5017", $"The tree needs {what}, and none can be made where RootfsDirectory is")
    {
        Entry = SafeText.Show(path),
        Found = Describe(errno),
        Hint = "FAT, exFAT and many network and FUSE file systems have none, and a sandbox may forbid them; set RootfsDirectory to a local Linux file system.",
    };

    public static OciException TooManyOpenFiles(string path, int errno, Exception? inner) => new("OCI5018", "Too many files are open", inner)
    {
        Entry = path,
        Found = Describe(errno),
        Hint = errno == Errno.TableFull
            ? "The whole system has no more: raise the sysctl fs.file-max, or end programs that hold many files."
            : "Raise the limit for the process that builds, such as with 'ulimit -n 4096'.",
    };

    /// <summary>Makes the error when that is the cause; null for any other cause.</summary>
    public static OciException? IfTooManyOpenFiles(string path, Exception? cause)
    {
        // .NET stores the errno of a failed call in the exception's HResult; we store ours in this exception's code.
        int? errno = (cause as System.ComponentModel.Win32Exception)?.NativeErrorCode ?? cause?.HResult;
        return errno is Errno.TooManyFiles or Errno.TableFull ? TooManyOpenFiles(path, errno.Value, cause) : null;
    }

    public static OciException NoProc(string path, Exception? inner) => FromSystem(path, inner) ?? new("OCI5019", "The kernel's files on this process can't be read", inner)
    {
        Entry = path,
        Found = inner?.Message ?? "a form that no known kernel writes",
        Hint = "The file system /proc must be mounted, and readable by the user that builds.",
    };

    public static OciException Broken(string doing, ReadOnlySpan<byte> path, int errno) => new("OCI5020", $"The disk failed while {doing}")
    {
        Entry = SafeText.Show(path),
        Found = Describe(errno),
        Hint = "The disk, or the server or program behind the file system, reports a fault of its own: look into the kernel's log (dmesg).",
    };

    public static OciException InTheWay(string path) => new("OCI5010", "Something that this package did not make stands where the new tree is prepared")
    {
        Entry = path,
        Hint = "Remove it: names of this form beside RootfsDirectory are used while extracting.",
    };

    public static OciException Output(string path, Exception inner) => FromSystem(path, inner) ?? new("OCI5011", "An output file can't be written", inner)
    {
        Entry = path,
        Found = inner.Message,
        Hint = "The directory must be writable by the user that builds.",
    };

    public static OciException StateOfOthers(string path, uint owner, string mode) => new("OCI5015", "The state file of a tree belongs to somebody else")
    {
        Entry = path,
        Expected = "a file of the user that builds, of root, or of the directory's owner, and writable by its owner alone",
        Found = string.Create(CultureInfo.InvariantCulture, $"a file of uid {owner} with mode {mode}"),
        Hint = "It says which tree may be deleted. If you trust it, give it to the user that builds (chown) and remove the others' right to write (chmod go-w); otherwise remove it.",
    };

    public static OciException FileSystemRoot(string path) => new("OCI5016", "The destination is the root of a file system")
    {
        Entry = path,
        Expected = "a directory on the same file system as the one that holds it",
        Found = "an empty mount point, or a btrfs subvolume",
        Hint = "A tree is put in place by a rename, which no file system does over its own root. Set RootfsDirectory to a directory below it.",
    };

    public static OciException BadDestination(string path) => new("OCI5012", "The destination has no name of its own")
    {
        Entry = path,
        Expected = "a directory inside another one",
        Hint = "Set RootfsDirectory to a directory below the one you named.",
    };

    /// <summary>The code for a tree that somebody else changes meanwhile.</summary>
    public const string ChangedCode = "OCI5013";

    public static OciException Changed(ReadOnlySpan<byte> path) => new(ChangedCode, "The tree was changed by somebody else while it was made")
    {
        Entry = SafeText.Show(path),
        Hint = "Nothing else may write beside RootfsDirectory during a build.",
    };

    public static OciException Parent(string path, Exception inner) => FromSystem(path, inner) ?? new("OCI5014", "The directory that holds the destination can't be made", inner)
    {
        Entry = path,
        Found = inner.Message,
        Hint = "Its own parent must be writable by the user that builds.",
    };

    /// <summary>.NET stores the errno of a failed call in the exception's <c>HResult</c>.</summary>
    private static OciException? FromSystem(string path, Exception? inner) => inner?.HResult switch
    {
        Errno.NoSpace or Errno.Quota => NoSpace("writing beside the destination", System.Text.Encoding.UTF8.GetBytes(path), inner.HResult),
        _ => IfTooManyOpenFiles(path, inner),
    };

    /// <summary>Describes an errno in the system's own words.</summary>
    public static string Describe(int errno) =>
        string.Create(CultureInfo.InvariantCulture, $"{System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})");
}
