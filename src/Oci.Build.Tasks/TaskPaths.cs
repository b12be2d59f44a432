using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Build.Tasks;

/// <summary>
/// Makes the paths of a task absolute, from the project's directory and never from the process's, which is another one in a build with
/// <c>-mt</c>. Only MSBuild knows the project's directory. The items that it makes of a task's parameters have it: their <c>FullPath</c> is
/// the path as the project sees it.
/// </summary>
internal static class TaskPaths
{
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="path">The parameter's value, as MSBuild gave it.</param>
    /// <exception cref="OciException">OCI7006: the path is empty or has a NUL.</exception>
    public static string Absolute(string parameter, ITaskItem? path)
    {
        string text = path?.ItemSpec ?? "";
        Check(parameter, text);
        // MSBuild takes a backslash in FullPath for a slash. What is absolute already doesn't need it.
        return From("/", Path.IsPathRooted(text) ? text : path!.GetMetadata("FullPath"));
    }

    /// <summary>
    /// Resolves a path in an item's metadata, for a project that calls a task itself. Our own targets give these tasks absolute paths only.
    /// An item that the task makes knows the directory of the thread that the task was started on: the project's, in any build without
    /// <c>-mt</c>, and with <c>-mt</c> since MSBuild 18.9 at the latest.
    /// </summary>
    /// <inheritdoc cref="Absolute(string, ITaskItem?)"/>
    public static string Absolute(string parameter, string path) =>
        Absolute(parameter, new TaskItem(MSBuildEscaping.Identity(path), treatAsFilePath: false));

    /// <inheritdoc cref="Absolute(string, ITaskItem?)"/>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="path">A path that is no item.</param>
    /// <param name="projectDirectory">The project's directory, absolute.</param>
    public static string Absolute(string parameter, string path, string projectDirectory)
    {
        Check(parameter, path);
        return From(projectDirectory, path);
    }

    /// <summary>Returns the absolute path without the separator at the end (except for the root itself).</summary>
    public static string AbsoluteDirectory(string parameter, ITaskItem? path) => Path.TrimEndingDirectorySeparator(Absolute(parameter, path));

    private static void Check(string parameter, string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            throw BuildErrors.BadPath(parameter, path);
    }

    private static string From(string directory, string path) => Path.GetFullPath(path, directory);
}
