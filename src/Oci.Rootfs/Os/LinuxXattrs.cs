using System.Runtime.InteropServices;

namespace Oci.Rootfs.Os;

/// <summary>The system calls for extended attributes (xattr(7)).</summary>
internal static partial class Linux
{
    [LibraryImport(C, EntryPoint = "fsetxattr", SetLastError = true)]
    public static unsafe partial int SetXattr(int fd, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(C, EntryPoint = "setxattr", SetLastError = true)]
    public static unsafe partial int SetXattrPath(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(C, EntryPoint = "fremovexattr", SetLastError = true)]
    public static unsafe partial int RemoveXattr(int fd, byte* name);

    [LibraryImport(C, EntryPoint = "removexattr", SetLastError = true)]
    public static unsafe partial int RemoveXattrPath(byte* path, byte* name);

    /// <summary>Fills the list with names, each with a NUL at its end.</summary>
    [LibraryImport(C, EntryPoint = "listxattr", SetLastError = true)]
    public static unsafe partial nint ListXattrsPath(byte* path, byte* list, nuint size);

    [LibraryImport(C, EntryPoint = "getxattr", SetLastError = true)]
    public static unsafe partial nint GetXattrPath(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport(C, EntryPoint = "fgetxattr", SetLastError = true)]
    public static unsafe partial nint GetXattr(int fd, byte* name, byte* value, nuint size);
}
