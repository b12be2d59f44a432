using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>OCI64xx: the user's own files on top of the image's tree, and what is taken out of it.</summary>
internal static class OwnErrors
{
    public static OciException NoTarget(string item) => new("OCI6401", "A file of the project has no path in the image")
    {
        Entry = SafeText.Show(item),
        Expected = "the metadata TargetPath, or Link",
        Found = "neither",
        Hint = "TargetPath=\"/opt/app/\" puts it into that directory, under its own name.",
    };

    /// <param name="path">The path as given.</param>
    /// <param name="expected">What it breaks.</param>
    public static OciException BadPath(string path, string expected) => new("OCI6402", "A path for a file of the project can't be in an image")
    {
        Entry = SafeText.Show(path),
        Expected = expected,
        Hint = "Write the whole path as it is in the image, as in /opt/app/app.dll.",
    };

    public static OciException BadMode(string metadata, string value) => new("OCI6403", $"{metadata} is not a mode")
    {
        Expected = "three or four octal digits, as in 0755",
        Found = SafeText.Show(value),
    };

    public static OciException BadOwner(string path, string value) => new("OCI6404", "An owner or group of a file of the project can't be one")
    {
        Entry = SafeText.Show(path),
        Expected = "a name, or a number from 0 to 4294967294",
        Found = $"'{SafeText.Show(value)}'",
        Hint = "The group of an owner has metadata of its own: Owner=\"app\" Group=\"www\".",
    };

    /// <param name="path">The path of the file of the project.</param>
    /// <param name="what">A user or a group.</param>
    /// <param name="name">Its name.</param>
    /// <param name="file">The file of the tree that was searched.</param>
    /// <param name="exists">Whether the tree has that file.</param>
    public static OciException UnknownName(string path, string what, string name, string file, bool exists) => new("OCI6405", $"A file of the project belongs to a {what} that the tree does not have")
    {
        Entry = SafeText.Show(path),
        Expected = exists ? $"the {what} '{SafeText.Show(name)}' in /{file}" : $"a file /{file} with the {what} '{SafeText.Show(name)}'",
        Found = exists ? $"no such {what}" : "no such file",
        Hint = $"Give the number instead, or add a /{file} that has the {what}.",
    };

    public static OciException SourceMissing(string source, string path) => new("OCI6406", "A file of the project does not exist")
    {
        Entry = SafeText.Show(path),
        Expected = $"a file at '{SafeText.Show(source)}'",
        Found = "nothing",
        Hint = "If the build makes it, make it before the target ExtractOciRootfs, and find it by a pattern in that target only.",
    };

    public static OciException SourceIsNoFile(string source, string path, string kind) => new("OCI6407", "A source of a file of the project is not a regular file")
    {
        Entry = SafeText.Show(path),
        Expected = $"a regular file at '{SafeText.Show(source)}'",
        Found = kind,
        Hint = "The contents of a directory are a pattern: Include=\"publish/**\" TargetPath=\"/opt/app/\".",
    };

    public static OciException SourceUnreadable(string source, string path, string cause) => new("OCI6408", "A file of the project can't be read")
    {
        Entry = SafeText.Show(path),
        Expected = $"a readable file at '{SafeText.Show(source)}'",
        Found = SafeText.Show(cause.TrimEnd('.')),
        Hint = "Give the user who builds the right to read it.",
    };

    public static OciException SourceChanged(string source, string path) => new("OCI6409", "A file of the project changed during the build")
    {
        Entry = SafeText.Show(path),
        Expected = $"the file '{SafeText.Show(source)}' as it was when the build began",
        Found = "another content",
        Hint = "Build again. If the build itself writes the file, let it do so before the target ExtractOciRootfs.",
    };

    public static OciException DirectoryInTheWay(string path) => new("OCI6410", "A file of the project would replace a directory and all that is in it")
    {
        Entry = SafeText.Show(path),
        Expected = "a path without a node, or with one that is no directory or an empty one",
        Found = "a directory that is not empty",
        Hint = "A TargetPath with a slash at its end puts the file into the directory. To replace the directory, name it in RemovePaths.",
    };

    /// <param name="path">The path of the file of the project.</param>
    /// <param name="where">The path at which the way ends.</param>
    public static OciException NoWay(string path, ReadOnlySpan<byte> where) => new("OCI6411", "The way to a file of the project leads through something that is no directory")
    {
        Entry = SafeText.Show(path),
        Expected = $"a directory, or a link to one, at '/{SafeText.Show(where)}'",
        Found = "another kind of file, or a loop of links",
        Hint = "Name what is in the way in RemovePaths, or choose another path.",
    };

    /// <param name="path">The link's path.</param>
    /// <param name="expected">What the target breaks.</param>
    public static OciException BadLinkTarget(string path, string expected) => new("OCI6412", "A symlink of the project has no target that a symlink can have")
    {
        Entry = SafeText.Show(path),
        Expected = expected,
    };

    public static OciException BadMtime(string value) => new("OCI6413", "Mtime is not a number of seconds")
    {
        Expected = "whole seconds since 1970-01-01 00:00 UTC, 0 or more",
        Found = SafeText.Show(value),
        Hint = "Leave it out for SourceDateEpoch.",
    };

    /// <param name="pattern">The pattern.</param>
    /// <param name="expected">What it breaks.</param>
    public static OciException BadPattern(string pattern, string expected) => new("OCI6414", "A pattern of RemovePaths or KeepPaths can't match anything")
    {
        Entry = SafeText.Show(pattern),
        Expected = expected,
        Hint = "Write the whole path as it is in the image, as in /usr/share/doc/**.",
    };

    public static OciException UserFileTooLarge(string file, long limit, long found) => new("OCI6415", "A file with the users or groups of the tree is too large")
    {
        Entry = file,
        Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit} bytes"),
        Found = string.Create(CultureInfo.InvariantCulture, $"{found} bytes"),
        Hint = "Give numbers as Owner and Group: then nobody looks into it.",
    };

    /// <summary>The code of the warning that an item is for an image that the project does not have.</summary>
    public const string UnknownImageWarning = "OCI6451";

    /// <summary>A later one takes an earlier one's place.</summary>
    public static void TellReplaced(RootfsLog log, string path) =>
        log.Normal($"The project adds '{SafeText.Show(path)}' more than once: the last one counts.");

    public static void TellNoMatch(RootfsLog log, string pattern) =>
        log.Normal($"The pattern '{SafeText.Show(pattern)}' matches nothing in the image. Links on the way are not followed.");
}
