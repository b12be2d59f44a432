using System.Runtime.InteropServices;
using System.Text;

namespace Oci.Rootfs.Tests.Extraction;

/// <summary>A node's own extended attributes by system calls: the tests need no getfattr(1), which few machines have.</summary>
internal static partial class NodeXattrs
{
    /// <summary>More than Linux allows for one value, or for all names of a node (64 KiB).</summary>
    private const int MostBytes = 1 << 17;

    /// <returns>Names, and values as the kernel gives them, in no order.</returns>
    public static IReadOnlyList<KeyValuePair<string, byte[]>> Of(string path)
    {
        byte[] names = new byte[MostBytes];
        int length = Checked(List(path, names, names.Length), path);
        return [.. Encoding.UTF8.GetString(names, 0, length).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(name => KeyValuePair.Create(name, Value(path, name)))];
    }

    /// <returns>False where the file system has no such attributes.</returns>
    public static bool TrySet(string path, string name, byte[] value) => SetValue(path, name, value, value.Length, 0) == 0;

    private static byte[] Value(string path, string name)
    {
        byte[] value = new byte[MostBytes];
        return value[..Checked(Get(path, name, value, value.Length), path)];
    }

    private static int Checked(nint result, string path)
    {
        Assert.True(result >= 0, $"'{path}': {Marshal.GetLastPInvokeErrorMessage()}");
        return (int)result;
    }

    [LibraryImport("libc", EntryPoint = "llistxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint List(string path, [Out] byte[] names, nint size);

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Get(string path, string name, [Out] byte[] value, nint size);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetValue(string path, string name, byte[] value, nint size, int flags);
}
