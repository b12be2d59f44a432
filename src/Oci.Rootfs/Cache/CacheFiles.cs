using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Cache;

/// <summary>
/// The names in the cache's directory: <c>PATH.json</c> is a <see cref="CacheRecord"/>, and PATH the hash of the archive's path;
/// <c>DIGEST.tar</c> is an unpacked archive. Under the lock (<c>oci-cache.lock</c>) there is one more file, which is
/// being written (<c>oci-cache.new</c>).
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class CacheFiles(string directory)
{
    private const int MostRecordBytes = 64 << 10;
    private const string New = "oci-cache.new";
    private const string RecordSuffix = ".json";
    private const string UnpackedSuffix = ".tar";

    public static byte[] LockName { get; } = [.. "oci-cache.lock"u8];

    /// <summary>The full path, because paths that the system lists are compared with paths that are made here.</summary>
    public string Directory { get; } = Path.GetFullPath(directory);

    public string LockFile => Path.Combine(Directory, Encoding.UTF8.GetString(LockName));

    /// <summary>The file that is being written.</summary>
    public string NewFile => Path.Combine(Directory, New);

    public string RecordFile(string archivePath) => Path.Combine(Directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(archivePath))) + RecordSuffix);

    public string UnpackedFile(string digest) => Path.Combine(Directory, digest + UnpackedSuffix);

    /// <summary>All record files, the ones last written first.</summary>
    public List<string> RecordFiles() => [.. Ours(RecordSuffix).OrderByDescending(static f => f.LastWriteTimeUtc).Select(static f => f.FullName)];

    /// <summary>All record files with what they say; null for a record that can't be used.</summary>
    public List<(string File, CacheRecord? Record)> Records() => [.. RecordFiles().Select(static f => (f, ReadRecord(f)))];

    public List<string> UnpackedFiles() => [.. Ours(UnpackedSuffix).Select(static f => f.FullName)];

    /// <summary>Reads a record; null where there is none that can be used.</summary>
    public static CacheRecord? ReadRecord(string file)
    {
        return OwnFile.TryRead(file, MostRecordBytes) is { } bytes ? CacheRecord.Parse(bytes) : null;
    }

    /// <summary>Opens the unpacked archive of a record; null where it is gone or has changed since it was written.</summary>
    public SafeFileHandle? OpenUnpacked(CacheRecord record)
    {
        try
        {
            if (OwnFile.TryOpen(UnpackedFile(record.Digest)) is not { } file)
                return null;
            if (InputFile.IdentityOf(file, Directory) == record.Unpacked)
                return file;
            file.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that can't be read counts as absent.
        }
        return null;
    }

    /// <summary>Every file of the cache, for Clean; the lock comes last.</summary>
    public IEnumerable<string> All() => [.. RecordFiles(), .. UnpackedFiles(), NewFile, LockFile];

    /// <summary>
    /// Tells whether text is a sha256 in hexadecimal digits. A loop, because LINQ would be compiled in a build with nothing to do.
    /// </summary>
    public static bool IsHash(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
                return false;
        }
        return text.Length == 2 * SHA256.HashSizeInBytes;
    }

    private IEnumerable<FileInfo> Ours(string suffix)
    {
        DirectoryInfo info = new(Directory);
        return info.Exists ? info.EnumerateFiles("*" + suffix).Where(f => IsHash(f.Name.AsSpan(0, f.Name.Length - suffix.Length))) : [];
    }
}
