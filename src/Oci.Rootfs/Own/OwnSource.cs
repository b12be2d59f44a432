using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Own;

/// <summary>Opens the sources of the user's own files. It never waits for one.</summary>
internal static class OwnSource
{
    private const uint UsualMode = 0b110_100_100; // 0644
    private const uint ExecutableMode = 0b111_101_101; // 0755

    /// <exception cref="OciException">OCI6406 to OCI6408.</exception>
    public static SafeFileHandle Open(OwnFileNode node)
    {
        SafeFileHandle? file = Try(node, out InputKind kind, out string kindName) ?? throw OwnErrors.SourceMissing(node.Source, node.Path);
        if (kind == InputKind.RegularFile)
            return file;
        file.Dispose();
        throw OwnErrors.SourceIsNoFile(node.Source, node.Path, kindName);
    }

    /// <summary>The mode of a file for which the user gives none. It depends on no umask.</summary>
    public static uint ModeOf(OwnFileNode node, SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows())
            return UsualMode;
        try
        {
            return (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) != 0 ? ExecutableMode : UsualMode;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OwnErrors.SourceUnreadable(node.Source, node.Path, e.Message);
        }
    }

    /// <summary>The errors of inputs speak of the image.</summary>
    private static SafeFileHandle? Try(OwnFileNode node, out InputKind kind, out string kindName)
    {
        try
        {
            return InputFile.Open(node.Source, node.Source, out kind, out kindName);
        }
        catch (OciException e)
        {
            throw OwnErrors.SourceUnreadable(node.Source, node.Path, e.Found ?? "no permission");
        }
    }
}
