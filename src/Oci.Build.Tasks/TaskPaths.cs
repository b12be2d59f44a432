using Microsoft.Build.Framework;
using Oci.Rootfs.Errors;

namespace Oci.Build.Tasks;

/// <summary>Paths made absolute at the task's edge, against the project's directory and never the process's.</summary>
internal static class TaskPaths
{
    /// <exception cref="OciException">OCI7006: empty, or with a NUL.</exception>
    public static string Absolute(TaskEnvironment environment, string parameter, string value)
    {
        if (value.Length == 0 || value.Contains('\0', StringComparison.Ordinal))
            throw BuildErrors.BadPath(parameter, value);
#pragma warning disable RS0030 // The path is absolute already: only its dots go.
        return Path.GetFullPath(environment.GetAbsolutePath(value));
#pragma warning restore RS0030
    }

    /// <summary>Likewise, without the separator at the end (but for the root itself).</summary>
    public static string AbsoluteDirectory(TaskEnvironment environment, string parameter, string value) =>
        Path.TrimEndingDirectorySeparator(Absolute(environment, parameter, value));
}
