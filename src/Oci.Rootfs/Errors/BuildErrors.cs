using System.Globalization;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>
/// OCI70xx: the build asks for something impossible. Found at the task's edge, before any image is opened, except <see
/// cref="NotUpToDate"/>.
/// </summary>
internal static class BuildErrors
{
    /// <summary>The code of the warning that two items of one project have the same name.</summary>
    public const string SameNameWarning = "OCI7007";

    /// <summary>The code of the warning that metadata of an item mean nothing and are most likely misspelt.</summary>
    public const string MisspeltMetadataWarning = "OCI7012";

    public static OciException UnknownOwnership(string value) => new("OCI7001", "There is no such Ownership")
    {
        Expected = "Auto, Preserve or Record",
        Found = $"'{SafeText.Show(value)}'",
    };

    public static OciException BadSourceDateEpoch(string value) => new("OCI7002", "SourceDateEpoch is not a time")
    {
        Expected = "whole seconds since 1970-01-01 00:00 UTC, 0 or more",
        Found = $"'{SafeText.Show(value)}'",
        Hint = "It comes from the item's or the task's SourceDateEpoch, or from the environment's SOURCE_DATE_EPOCH.",
    };

    public static OciException BadFlag(string name, string value) => new("OCI7011", $"{name} is neither true nor false")
    {
        Found = $"'{SafeText.Show(value)}'",
        Hint = $"Set {name} of the item or the task to true or to false.",
    };

    /// <param name="what">The output, as in <c>ConfigJson 'bin/rootfs/app.config.json'</c>.</param>
    /// <param name="other">The output that has this place already, as in <c>that of 'b/app.tar'</c>.</param>
    /// <param name="alike">The names of more outputs of the same item that clash with the same other one.</param>
    public static OciException SamePlace(string what, string other, IReadOnlyList<string> alike) => new("OCI7003", $"{what} has the same place as {other}{Alike(alike)}")
    {
        Hint = "Give one of the items a Name of its own, or set its RootfsDirectory, ConfigJson, ConfigProps and Mtree.",
    };

    /// <param name="tree">The tree's directory.</param>
    /// <param name="other">The project that this build has already made the tree for.</param>
    public static OciException OtherProject(string tree, string other) => new("OCI7003", $"RootfsDirectory '{SafeText.Show(tree)}' has the same place as that of '{SafeText.Show(other)}'")
    {
        Expected = "one image with one set of options for a directory, in all projects of a build and in all their TargetFrameworks",
        Hint = "Give each a RootfsDirectory of its own, or have one project extract the image and the other refer to it.",
    };

    public static OciException InsideTree(string what, string tree, IReadOnlyList<string> alike) => new("OCI7003", $"{what} lies inside the tree {tree}{Alike(alike)}")
    {
        Hint = "A tree is replaced as a whole, with all that is in it: keep everything else outside.",
    };

    private static string Alike(IReadOnlyList<string> outputs) => outputs.Count switch
    {
        0 => "",
        1 => $", and {outputs[0]} clashes likewise",
        _ => $", and {string.Join(", ", outputs.SkipLast(1))} and {outputs[^1]} clash likewise",
    };

    public static OciException NotUpToDate(string rootfsDirectory) => new("OCI7004", $"'{SafeText.Show(rootfsDirectory)}' is not up to date")
    {
        Hint = "The build was asked (-question) to fail rather than to do any work; nothing was touched.",
    };

    public static OciException UnknownRuntimeIdentifier(string runtimeIdentifier) => new("OCI7005", "No image platform is known for this RuntimeIdentifier")
    {
        Found = $"'{SafeText.Show(runtimeIdentifier)}'",
        Hint = "Set the property OciPlatform, or Platform on the item, to os/architecture[/variant].",
    };

    public static OciException BadLimit(string name, string value, long most) => NotALimit($"{name} can't have this value",
        string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {most}, in digits"), value);

    public static OciException NoSuchLimit(string name) => NotALimit("There is no such limit", "one of " + LimitTable.Names, name);

    public static OciException NoSetting(string text) => NotALimit("Limits has a word that sets no limit", $"NAME=NUMBER, where NAME is one of {LimitTable.Names}", text);

    private static OciException NotALimit(string problem, string expected, string found) => new("OCI7010", problem)
    {
        Expected = expected,
        Found = $"'{SafeText.Show(found)}'",
        Hint = "It comes from the item's or the task's Limits, or from the property OciLimits.",
    };

    public static OciException NoName(string image) => new("OCI7006", $"No name can be made from '{SafeText.Show(image)}'")
    {
        Hint = "Set Name on the item to one path component: letters, digits, dots and dashes.",
    };

    public static OciException BadPath(string parameter, string value) => new("OCI7006", $"{parameter} can't be a path")
    {
        Found = $"'{SafeText.Show(value)}'",
        Hint = "A path is not empty and holds no NUL.",
    };

    public static OciException ChangesWithoutTree() => new("OCI7103", "Changes lists how a tree differs from the one before, and there is no tree")
    {
        Expected = "a RootfsDirectory",
        Found = "archives alone",
        Hint = "Leave Changes out, or ask for a directory too.",
    };

    public static OciException UnknownDrift(string value) => new("OCI7104", "Drift has an unknown value")
    {
        Expected = "Restore or Fail",
        Found = $"'{SafeText.Show(value)}'",
        Hint = "Restore makes a tree right that was changed since it was extracted; Fail ends the build.",
    };

    public static OciException UnknownVerification(string value) => new("OCI7105", "VerifyRootfs has an unknown value")
    {
        Expected = "true, false or Content",
        Found = $"'{SafeText.Show(value)}'",
        Hint = "true looks whether the tree was changed since it was extracted; Content compares the bytes of its files as well.",
    };

    public static OciException LinuxOnly(string found) => new("OCI7009", "A directory with a root filesystem can be made on 64-bit Linux only")
    {
        Expected = "Linux, 64-bit",
        Found = found,
        Hint = "Build there (WSL will do), or make an archive instead: name it in RootfsArchive, and set RootfsDirectory to nothing.",
    };
}
