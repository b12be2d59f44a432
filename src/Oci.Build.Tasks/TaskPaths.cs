using Microsoft.Build.Framework;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>Makes the paths of a task absolute, from the project's directory and never from the process's.</summary>
internal static class TaskPaths
{
    /// <exception cref="OciException">OCI7006: the path is empty or has a NUL.</exception>
    public static string Absolute(TaskEnvironment environment, string parameter, string value)
    {
        if (value.Length == 0 || value.Contains('\0', StringComparison.Ordinal))
            throw BuildErrors.BadPath(parameter, value);
#pragma warning disable RS0030 // The path is already absolute. GetFullPath only resolves its dots.
        return Path.GetFullPath(environment.GetAbsolutePath(value));
#pragma warning restore RS0030
    }

    /// <summary>Returns the absolute path without the separator at the end (except for the root itself).</summary>
    public static string AbsoluteDirectory(TaskEnvironment environment, string parameter, string value) =>
        Path.TrimEndingDirectorySeparator(Absolute(environment, parameter, value));
}
