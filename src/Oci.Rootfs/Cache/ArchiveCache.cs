using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Cache;

#pragma warning disable RS0030 // The cache's own files, in its own directory, under its lock.

/// <summary>
/// Unpacks archives that are compressed as a whole, each once: the engine reads blobs where they lie, in any order, and a compressed file
/// does not allow that. The key is the digest of the compressed bytes. While the file at a path has not changed, the cache does not even
/// read it.
/// </summary>
/// <param name="directory">Absolute; made when it is needed.</param>
/// <param name="context">Limits, log and cancellation.</param>
/// <param name="mayWrite">False when a build is to fail rather than to do work.</param>
[SupportedOSPlatform("linux")]
internal sealed class ArchiveCache(string directory, EngineContext context, bool mayWrite)
{
    /// <summary>Most paths that the cache remembers. It keeps only the latest archive of each, so this number bounds the cache.</summary>
    private const int MostRecords = 64;

    private const UnixFileMode RecordRights = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly CacheFiles _files = new(directory);

    /// <summary>Opens the archive within the compressed one, for reading.</summary>
    /// <param name="archive">The compressed file, open.</param>
    /// <param name="path">The archive's path, by which the cache remembers it.</param>
    /// <exception cref="OciException">The archive is damaged, too large or contains no archive, or the cache can't be written.</exception>
    public SafeFileHandle Open(SafeFileHandle archive, string path)
    {
        string recordFile = _files.RecordFile(path);
        FileIdentity identity = InputFile.IdentityOf(archive, path);
        if (Known(recordFile, identity) is { } known)
            return known;
        ArchiveUnpacker unpacker = new(archive, identity.Size, path, context);
        if (!mayWrite)
            return FindByDigest(_files.Records(), unpacker.Hash())?.File ?? throw BuildErrors.NotUpToDate(path);
        try
        {
            using CacheLock held = CacheLock.Acquire(_files, context);
            return Known(recordFile, identity) ?? Remember(archive, path, recordFile, identity, unpacker);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SourceErrors.CacheNotWritten(directory, e);
        }
    }

    /// <summary>Removes what this class made, and the directory if nothing else is in it.</summary>
    /// <param name="directory">Absolute.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <returns>True when there was a cache.</returns>
    /// <exception cref="OciException">The cache can't be written.</exception>
    public static bool Clean(string directory, EngineContext context)
    {
        if (!Directory.Exists(directory))
            return false;
        try
        {
            CacheFiles files = new(directory);
            if (files.All().Any(File.Exists))
                RemoveFiles(files, context);
            RemoveIfEmpty(directory);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SourceErrors.CacheNotWritten(directory, e);
        }
    }

    /// <summary>Removes the lock file too, while the lock is held: a build that waits for it makes a new one.</summary>
    private static void RemoveFiles(CacheFiles files, EngineContext context)
    {
        using CacheLock held = CacheLock.Acquire(files, context);
        foreach (string file in files.All())
            File.Delete(file);
    }

    private static void RemoveIfEmpty(string directory)
    {
        try
        {
            Directory.Delete(directory);
        }
        catch (IOException) when (!Directory.Exists(directory) || Directory.EnumerateFileSystemEntries(directory).Any())
        {
            // Another Clean was faster, or the directory holds something that is not ours or that another build has just begun.
        }
    }

    private SafeFileHandle? Known(string recordFile, FileIdentity identity) =>
        CacheFiles.ReadRecord(recordFile) is { } record && record.Archive == identity ? _files.OpenUnpacked(record) : null;

    private (SafeFileHandle File, CacheRecord Record)? FindByDigest(List<(string File, CacheRecord? Record)> records, string digest)
    {
        foreach ((_, CacheRecord? record) in records)
        {
            if (record?.Digest == digest && _files.OpenUnpacked(record) is { } unpacked)
                return (unpacked, record);
        }
        return null;
    }

    private SafeFileHandle Remember(SafeFileHandle archive, string path, string recordFile, FileIdentity identity, ArchiveUnpacker unpacker)
    {
        // An archive of a known length was most likely touched or copied, and reading it is less work than unpacking it.
        List<(string File, CacheRecord? Record)> records = _files.Records();
        bool familiar = records.Any(r => r.Record?.Archive.Size == identity.Size);
        (SafeFileHandle File, CacheRecord Record)? unpacked = familiar && FindByDigest(records, unpacker.Hash()) is { } found
            ? Narrow(found.File, found.Record, unpacker.Mode)
            : null;
        (SafeFileHandle file, CacheRecord record) = unpacked ?? Unpack(path, identity, unpacker);
        try
        {
            bool settled = identity.Changed.WaitForTick(context.Cancellation);
            if (InputFile.IdentityOf(archive, path) != identity)
                throw SourceErrors.Changed(SafeText.Show(path));
            if (settled)
            {
                record = record with { Archive = identity };
                Write(recordFile, record);
                records.RemoveAll(r => r.File == recordFile);
                records.Insert(0, (recordFile, record));
            }
            RemoveSuperseded(records, record.Digest);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes those rights from a copy that the archive no longer gives, or does not give at this path. The change makes the copy another
    /// file for the records of other paths; the next builds of those find the copy by its digest.
    /// </summary>
    /// <returns>Null where the copy belongs to another user; the cache then treats it as absent.</returns>
    private (SafeFileHandle File, CacheRecord Record)? Narrow(SafeFileHandle file, CacheRecord record, UnixFileMode most)
    {
        try
        {
            UnixFileMode mode = File.GetUnixFileMode(file);
            if ((mode & ~most) == 0)
                return (file, record);
            File.SetUnixFileMode(file, mode & most);
            return (file, record with { Unpacked = InputFile.IdentityOf(file, directory) });
        }
        catch (UnauthorizedAccessException)
        {
            file.Dispose();
            return null;
        }
    }

    private (SafeFileHandle File, CacheRecord Record) Unpack(string path, FileIdentity identity, ArchiveUnpacker unpacker)
    {
        context.Log.Normal($"Unpacking '{SafeText.Show(path)}' into the cache.");
        File.Delete(_files.NewFile);
        try
        {
            string digest;
            FileIdentity made = default;
            SafeFileHandle? written = null;
            try
            {
                digest = unpacker.Unpack(mode => written = NewFile.Create(_files.NewFile, mode));
                made = InputFile.IdentityOf(written!, path);
            }
            finally
            {
                written?.Dispose();
            }
            File.Move(_files.NewFile, _files.UnpackedFile(digest), overwrite: true);
            SafeFileHandle file = File.OpenHandle(_files.UnpackedFile(digest));
            FileIdentity unpacked = InputFile.IdentityOf(file, path);
            if ((unpacked.Device, unpacked.Inode) == (made.Device, made.Inode))
                return (file, new CacheRecord(identity, digest, unpacked));
            file.Dispose();
            throw new IOException($"Somebody replaced '{_files.UnpackedFile(digest)}' as it was made.");
        }
        finally
        {
            File.Delete(_files.NewFile);
        }
    }

    private void Write(string recordFile, CacheRecord record)
    {
        File.Delete(_files.NewFile);
        // An umask may let a group write, and a record that others can write is not believed.
        using (SafeFileHandle file = NewFile.Create(_files.NewFile, RecordRights))
            RandomAccess.Write(file, record.ToBytes(), 0);
        File.Move(_files.NewFile, recordFile, overwrite: true);
    }

    /// <summary>A newer archive at a path replaces the one before it; a process that has the old one open keeps it.</summary>
    /// <param name="records">All records, the ones last written first.</param>
    /// <param name="inUse">The digest of the archive that the build asked for.</param>
    private void RemoveSuperseded(List<(string File, CacheRecord? Record)> records, string inUse)
    {
        HashSet<string> keep = [_files.UnpackedFile(inUse)];
        foreach ((string old, _) in records.Skip(MostRecords))
            File.Delete(old);
        foreach ((_, CacheRecord? record) in records.Take(MostRecords))
        {
            if (record is not null)
                keep.Add(_files.UnpackedFile(record.Digest));
        }
        foreach (string unpacked in _files.UnpackedFiles().Where(f => !keep.Contains(f)))
            File.Delete(unpacked);
    }
}
