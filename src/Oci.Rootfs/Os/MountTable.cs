using System.Runtime.Versioning;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Os;

/// <summary>
/// Reads the mount points (proc(5), /proc/pid/mountinfo): the engine replaces or removes nothing while something is mounted on or in it.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class MountTable
{
    private const int MountPointField = 4;

    /// <param name="prefix">The path of a directory, without links, because the kernel lists mount points without links.</param>
    public static void RefuseMountsWithin(ReadOnlySpan<byte> prefix)
    {
        foreach (byte[] mountPoint in MountPoints())
        {
            if (mountPoint.AsSpan().StartsWith(prefix) && (mountPoint.Length == prefix.Length || mountPoint[prefix.Length] == '/'))
                throw DiskErrors.MountInside(SafeText.Show(mountPoint));
        }
    }

    private static IEnumerable<byte[]> MountPoints()
    {
        byte[] table = ProcFile.Bytes("/proc/self/mountinfo");
        for (int start = 0; start < table.Length;)
        {
            int length = table.AsSpan(start).IndexOf((byte)'\n');
            length = length < 0 ? table.Length - start : length;
            yield return Unescape(Field(table.AsSpan(start, length), MountPointField));
            start += length + 1;
        }
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int number)
    {
        for (; number > 0; number--)
        {
            int space = line.IndexOf((byte)' ');
            if (space < 0)
                return [];
            line = line[(space + 1)..];
        }
        int end = line.IndexOf((byte)' ');
        return end < 0 ? line : line[..end];
    }

    /// <summary>The kernel writes space, tab, newline and backslash as three octal digits.</summary>
    private static byte[] Unescape(ReadOnlySpan<byte> field)
    {
        List<byte> bytes = new(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            bool escaped = field[i] == '\\' && i + 3 < field.Length;
            bytes.Add(escaped ? (byte)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')) : field[i]);
            i += escaped ? 3 : 0;
        }
        return [.. bytes];
    }
}
