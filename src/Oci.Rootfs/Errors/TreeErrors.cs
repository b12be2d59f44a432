using System.Globalization;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>OCI41xx below 50, OCI421x: impossible names, whiteouts and links, and the limits on the tree.</summary>
internal static class TreeErrors
{
    public static OciException ParentComponentInName(ReadOnlySpan<byte> name) => new("OCI4101", "An entry's name has a '..' component")
    {
        Entry = SafeText.Show(name),
        Expected = "a name that goes down from the root only",
        Hint = "No honest tool writes such a name; do not use the image before you know where it comes from.",
    };

    public static OciException EmptyName() => new("OCI4102", "An entry has an empty name")
    {
        Hint = "The layer was written by a faulty tool: build the image again.",
    };

    public static OciException NulInName(ReadOnlySpan<byte> name) => new("OCI4103", "A name or link target has a NUL byte")
    {
        Entry = SafeText.Show(name),
        Hint = "No file system can hold it; the layer was written by a faulty or hostile tool.",
    };

    public static OciException RootIsNoDirectory(ReadOnlySpan<byte> name, string kind) => new("OCI4104", "The entry for the root is not a directory")
    {
        Entry = SafeText.Show(name),
        Expected = "a directory",
        Found = kind,
        Hint = "The root of a file system is always a directory; the layer was written by a faulty or hostile tool.",
    };

    public static OciException ComponentTooLong(ReadOnlySpan<byte> name, int length) => new("OCI4105", "A component of a name is too long")
    {
        Entry = SafeText.Show(name),
        Expected = "at most 255 bytes",
        Found = Number(length) + " bytes",
        Hint = "Linux file systems end at 255 bytes: shorten the name in the image.",
    };

    public static OciException WhiteoutWithoutName(ReadOnlySpan<byte> name) => new("OCI4106", "A whiteout names nothing that can be removed")
    {
        Entry = SafeText.Show(name),
        Expected = "'.wh.' and the name of a file",
        Hint = "It would remove the directory itself or its parent; build the layer again.",
    };

    public static OciException WhiteoutAsParent(ReadOnlySpan<byte> name) => new("OCI4107", "A parent directory's name begins with '.wh.'")
    {
        Entry = SafeText.Show(name),
        Hint = "Names that begin with '.wh.' are whiteouts and can't be directories: rename it in the image.",
    };

    public static OciException EmptyLinkTarget(ReadOnlySpan<byte> name) => new("OCI4108", "A link has no target")
    {
        Entry = SafeText.Show(name),
        Hint = "The layer was written by a faulty tool: build the image again.",
    };

    public static OciException SymlinkTargetTooLong(ReadOnlySpan<byte> name, int length) => new("OCI4109", "A symlink's target is too long")
    {
        Entry = SafeText.Show(name),
        Expected = "at most 4095 bytes",
        Found = Number(length) + " bytes",
        Hint = "Linux refuses longer ones: shorten the target in the image.",
    };

    public static OciException ParentComponentInLinkPath(ReadOnlySpan<byte> name, ReadOnlySpan<byte> linkPath) => new("OCI4110", "A hardlink's path has a '..' component")
    {
        Entry = SafeText.Show(name),
        Expected = "a path from the image's root",
        Found = Quote(linkPath),
        Hint = "No honest tool writes such a link; do not use the image before you know where it comes from.",
    };

    public static OciException ParentIsNoDirectory(ReadOnlySpan<byte> name, ReadOnlySpan<byte> parent) => new("OCI4121", "An entry stands below something that is not a directory")
    {
        Entry = SafeText.Show(name),
        Expected = "a directory at " + Quote(parent),
        Found = "another kind of file",
        Hint = "The layer doesn't fit the layers below it: build the image again.",
    };

    public static OciException LinkLoop(ReadOnlySpan<byte> name) => new("OCI4122", "A path leads through too many symlinks")
    {
        Entry = SafeText.Show(name),
        Expected = "at most 40 symlinks on the way",
        Hint = "The symlinks probably form a loop: mend them in the image.",
    };

    public static OciException HardlinkTargetMissing(ReadOnlySpan<byte> name, ReadOnlySpan<byte> linkPath) => new("OCI4123", "A hardlink's target does not exist")
    {
        Entry = SafeText.Show(name),
        Expected = "a file at " + Quote(linkPath),
        Found = "nothing there in this layer or below",
        Hint = "A layer is missing or was made over other layers: build the image again.",
    };

    public static OciException HardlinkToDirectory(ReadOnlySpan<byte> name, ReadOnlySpan<byte> linkPath) => new("OCI4124", "A hardlink's target is a directory")
    {
        Entry = SafeText.Show(name),
        Expected = "a file at " + Quote(linkPath),
        Found = "a directory",
        Hint = "Linux has no hardlinks to directories: build the image again.",
    };

    public static OciException TooManyNodes(int limit) =>
        LimitErrors.Exceeded(nameof(RootfsLimits.MaxNodes), "The image names too many paths", limit);

    public static OciException TooManyNameBytes(long limit) =>
        LimitErrors.Exceeded(nameof(RootfsLimits.MaxNameBytes), "The image's names, link targets and extended attributes are too large", limit);

    public static OciException PathTooDeep(ReadOnlySpan<byte> name, int limit) =>
        LimitErrors.Exceeded(nameof(RootfsLimits.MaxPathDepth), "A path is too deep", limit, entry: SafeText.Show(name));

    public static OciException ResolutionTooLong(ReadOnlySpan<byte> name, int limit) =>
        LimitErrors.Exceeded(nameof(RootfsLimits.MaxResolutionSteps), "A path takes too many steps through symlinks", limit, entry: SafeText.Show(name));

    public static OciException TooManyEntries(int limit) =>
        LimitErrors.Exceeded(nameof(RootfsLimits.MaxNodes), "The image's layers have too many entries", limit, unit: "entries", code: 1);

    public static OciException ResolutionsTooLong(ReadOnlySpan<byte> name, long limit) => LimitErrors.Exceeded(
        nameof(RootfsLimits.MaxResolutionSteps), "The image's paths together take too many steps through symlinks", limit,
        entry: SafeText.Show(name), unit: "components of link targets and repeated attempts at hardlinks", code: 1);

    private static string Quote(ReadOnlySpan<byte> text) => $"'{SafeText.Show(text)}'";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
