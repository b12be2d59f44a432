using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Errors;

/// <summary>OCI601x and OCI602x: the files that run an image, <c>LxcConfig</c> and <c>RuntimeConfig</c>.</summary>
internal static class RunErrors
{
    /// <param name="output">The output's name.</param>
    /// <param name="member">The member of the image's config.</param>
    /// <param name="expected">The allowed characters.</param>
    /// <param name="found">The member's text.</param>
    public static OciException Unwritable(string output, string member, string expected, string found) => new("OCI6011", $"{output} can't hold a text of the image's config")
    {
        Entry = member,
        Expected = expected,
        Found = $"'{SafeText.Show(found)}'",
        Hint = $"Make the image anew without the character, or leave {output} out.",
    };

    public static OciException BothQuotes(string word) => new("OCI6012", "An argument of the image has both kinds of quotes, and LXC has no way to write it")
    {
        Expected = "at most one of \" and ' in an argument that is empty, has white space, or begins with a quote",
        Found = $"'{SafeText.Show(word)}'",
        Hint = "Put the command into a script in the image, and make that its entrypoint, or leave LxcConfig out.",
    };

    public static OciException NamelessVariable(string output, string entry) => new("OCI6013", $"{output} can't have an environment variable without a name")
    {
        Entry = "config.Env",
        Expected = "NAME=value",
        Found = $"'{SafeText.Show(entry)}'",
        Hint = $"No container starts with such an entry. Make the image anew without it, or leave {output} out.",
    };

    public static void WarnVariableWithoutValue(RootfsLog log, string output, string entry) => log.Warning("OCI6014",
        $"The image's environment has the entry '{SafeText.Show(entry)}' without '=': {output} leaves it out.");

    public static void WarnNeedsLxc6(RootfsLog log, string word) => log.Warning("OCI6015",
        $"The container needs LXC 6.0 or later, because its arguments are quoted, first '{SafeText.Show(word)}': LXC 5 takes the quotes for part of the argument, and splits it at each blank.");

    public static OciException StopSignal(string signal) => new("OCI6016", "The image's StopSignal is no signal of Linux")
    {
        Expected = "a name such as SIGTERM or SIGRTMIN+3, or a number from 1 to 64",
        Found = $"'{SafeText.Show(signal)}'",
        Hint = "LXC would not start the container, or send something else. Make the image anew with another StopSignal, or leave LxcConfig out.",
    };

    /// <param name="what">What it is: a user or a group.</param>
    /// <param name="name">The name in the image's config.</param>
    /// <param name="user">The whole text of <c>User</c>.</param>
    /// <param name="file">The file of the tree that was searched.</param>
    /// <param name="exists">Whether the tree has that file.</param>
    public static OciException UnknownName(string what, string name, string user, string file, bool exists) => new("OCI6017", $"The image runs as a {what} that it does not have")
    {
        Entry = "config.User",
        Expected = exists ? $"the {what} '{SafeText.Show(name)}' in /{file}" : $"a file /{file} with the {what} '{SafeText.Show(name)}'",
        Found = exists ? $"no such {what} (User is '{SafeText.Show(user)}')" : $"no such file (User is '{SafeText.Show(user)}')",
        Hint = "Make the image anew with a User that it has, or with numbers.",
    };

    public static OciException IdOutOfRange(string id, string user) => new("OCI6018", "The image runs with a number that is no user or group of Linux")
    {
        Entry = "config.User",
        Expected = "a whole number from 0 to 4294967294",
        Found = $"'{SafeText.Show(id)}' (User is '{SafeText.Show(user)}')",
    };

    public static OciException UserFileTooLarge(string file, long limit, long found) => new("OCI6019", "A file of the image with its users or groups is too large")
    {
        Entry = file,
        Expected = string.Create(CultureInfo.InvariantCulture, $"at most {limit} bytes"),
        Found = string.Create(CultureInfo.InvariantCulture, $"{found} bytes"),
        Hint = "Make the image anew with numbers (uid:gid) as its User: then nobody looks into the file.",
    };

    public static void WarnNoDirectory(RootfsLog log, string directory) => log.Warning("OCI6022",
        $"The image's working directory '{SafeText.Show(directory)}' is not in the image: LXC 5 does not start the container until somebody makes it in the tree (LXC 6.0 makes it itself).");

    public static void WarnUnsafeLabel(RootfsLog log, string label) => log.Warning("OCI6021",
        $"The image's label '{SafeText.Show(label)}' is no annotation in RuntimeConfig: runtimes take annotations of this kind for settings of the container or of the host.");

    public static OciException NotLinux(string output, string platform) => new("OCI6020", $"{output} is for Linux only")
    {
        Expected = "an image whose operating system is linux",
        Found = $"'{SafeText.Show(platform)}'",
        Hint = $"Leave {output} out for this image, or ask for another platform of it.",
    };
}
