using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Oci.Rootfs.Fuzz;

/// <summary>Reads files of a tree by names of any bytes and any depth, a directory at a time: .NET's paths are text.</summary>
internal sealed partial class TreeFiles(string root)
{
    private const int CloseOnExec = 0x80000, NoFollow = 0x20000, NonBlocking = 0x800, PathOnly = 0x200000;
    private const int AccessDenied = 13;

    /// <param name="path"><c>./a/b</c>, a character a byte.</param>
    /// <returns>Null where this user may not read it.</returns>
    public byte[]? Read(string path)
    {
        SafeFileHandle directory = File.OpenHandle("/dev/null");
        try
        {
            string[] names = [root, .. path.Split('/')[1..]];
            for (int i = 0; i < names.Length; i++)
            {
                int flags = i == names.Length - 1 ? NonBlocking | NoFollow : i == 0 ? PathOnly : PathOnly | NoFollow;
                SafeFileHandle next = Open(directory, [.. Encoding.Latin1.GetBytes(names[i]), 0], flags | CloseOnExec);
                int error = Marshal.GetLastPInvokeError();
                if (next.IsInvalid)
                    return error == AccessDenied ? null : throw new IOException($"'{path}' of the tree can't be opened: error {error}");
                directory.Dispose();
                directory = next;
            }
            byte[] content = new byte[RandomAccess.GetLength(directory)];
            int read = 0;
            while (read < content.Length && RandomAccess.Read(directory, content.AsSpan(read), read) is var more and > 0)
                read += more;
            return content;
        }
        finally
        {
            directory.Dispose();
        }
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial SafeFileHandle Open(SafeFileHandle directory, byte[] path, int flags);
}
