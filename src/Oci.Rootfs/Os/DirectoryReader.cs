using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Os;

/// <summary>Reads names in a directory as bytes: .NET's own calls change names that are not UTF-8.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class DirectoryReader
{
    private const int NameOffset = 19; // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name
    private const byte TypeDirectory = 4;
    private const byte TypeUnknown = 0;

    /// <summary>Reads a batch of entries; empty at the end. The caller may remove entries between calls.</summary>
    public static IReadOnlyList<DirectoryEntry> Next(DirectoryHandle directory, byte[] buffer, string shownPath)
    {
        List<DirectoryEntry> entries = [];
        fixed (byte* start = buffer)
        {
            int length;
            while (entries.Count == 0 && (length = Linux.ReadDirectory(directory.Fd, start, buffer.Length)) != 0)
            {
                if (length < 0)
                    throw DiskErrors.FromErrno(Linux.Errno, "reading a directory", System.Text.Encoding.UTF8.GetBytes(shownPath));
                for (int at = 0; at < length; at += *(ushort*)(start + at + 16))
                {
                    ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(start + at + NameOffset);
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                        entries.Add(new DirectoryEntry(name.ToArray(), start[at + 18] is TypeDirectory or TypeUnknown));
                }
            }
        }
        return entries;
    }
}
