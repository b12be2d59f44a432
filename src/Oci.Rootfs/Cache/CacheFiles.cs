using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Sources;

namespace Oci.Rootfs.Cache;

/// <summary>
/// The names in the cache's directory: <c>PATH.json</c>, a <see cref="CacheRecord"/> named by the hash of the archive's path; <c>DIGEST.tar</c>,
/// an unpacked archive; and, under the lock, one file that is being written.
/// </summary>
internal sealed class CacheFiles(string directory)
{
    private const int MostRecordBytes = 64 << 10;
    private const string New = "new";
    private const string RecordSuffix = ".json";
    private const string UnpackedSuffix = ".tar";

    // What the system lists is compared with what is made here.
    private readonly string _directory = Path.GetFullPath(directory);

    public static byte[] LockName { get; } = [.. "lock"u8];

    public string Directory => _directory;

    public string LockFile => Path.Combine(_directory, Encoding.UTF8.GetString(LockName));

    /// <summary>What is being written.</summary>
    public string NewFile => Path.Combine(_directory, New);

    public string RecordFile(string archivePath) => Path.Combine(_directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(archivePath))) + RecordSuffix);

    public string UnpackedFile(string digest) => Path.Combine(_directory, digest + UnpackedSuffix);

    /// <summary>All record files, the ones last written first.</summary>
    public List<string> RecordFiles() => [.. Ours(RecordSuffix).OrderByDescending(static f => f.LastWriteTimeUtc).Select(static f => f.FullName)];

    public List<string> UnpackedFiles() => [.. Ours(UnpackedSuffix).Select(static f => f.FullName)];

    /// <summary>The same with what they say; null where that can't be used.</summary>
    public List<(string File, CacheRecord? Record)> Records() => [.. RecordFiles().Select(static f => (f, ReadRecord(f)))];

    /// <summary>Null where there is none that can be used.</summary>
    public static CacheRecord? ReadRecord(string file)
    {
        try
        {
            FileInfo info = new(file);
            return info is { Exists: true, Length: <= MostRecordBytes } ? CacheRecord.Parse(File.ReadAllBytes(file)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The unpacked archive of a record; null where it is gone, or is not what was written.</summary>
    public SafeFileHandle? OpenUnpacked(CacheRecord record)
    {
        try
        {
            SafeFileHandle file = File.OpenHandle(UnpackedFile(record.Digest));
            if (InputFile.IdentityOf(file, _directory) == record.Unpacked)
                return file;
            file.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As good as absent.
        }
        return null;
    }

    /// <summary>Everything of ours, for Clean; the lock comes last.</summary>
    public IEnumerable<string> All() => [.. RecordFiles(), .. UnpackedFiles(), NewFile, LockFile];

    private IEnumerable<FileInfo> Ours(string suffix)
    {
        DirectoryInfo info = new(_directory);
        return info.Exists ? info.EnumerateFiles("*" + suffix).Where(f => f.Name.Length == 64 + suffix.Length && f.Name.Take(64).All(char.IsAsciiHexDigitLower)) : [];
    }
}
