using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Cache;

#pragma warning disable RS0030 // Files of the cache itself, in its own directory, under its lock.

/// <summary>
/// Archives that are compressed as a whole, unpacked once: blobs are read where they lie, in any order, which a compressed file does not
/// allow. Keyed by the digest of the compressed bytes; while the file at a path is the one that it was, it is not even read.
/// </summary>
/// <param name="directory">Absolute; made when it is needed.</param>
/// <param name="context">Limits, log and cancellation.</param>
/// <param name="mayWrite">False when a build is to fail rather than to do work.</param>
internal sealed class ArchiveCache(string directory, EngineContext context, bool mayWrite)
{
    /// <summary>Paths that are remembered. Of each only its latest archive is kept, so this bounds the cache.</summary>
    private const int MostRecords = 64;

    /// <summary>
    /// The kernel's clock for files ticks at most each 10 ms. What is written in the tick of the change that we saw last would bear the
    /// same time: a file that young is looked at once more when it is older.
    /// </summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    private readonly CacheFiles _files = new(directory);

    /// <summary>The archive in the compressed one, open for reading.</summary>
    /// <param name="archive">The compressed file, open.</param>
    /// <param name="path">Where it is: what the cache remembers it by.</param>
    /// <exception cref="OciException">Damaged, too large, no archive within, or the cache can't be written.</exception>
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
    /// <returns>True when there was one.</returns>
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

    /// <summary>The lock itself as well, while it is held: who waits for it makes another.</summary>
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
            // Another Clean was faster; or there is something that is not ours, or that another build has just begun.
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
        // Touched or copied, most likely, when one of its length is known: reading is less work than unpacking.
        List<(string File, CacheRecord? Record)> records = _files.Records();
        bool familiar = records.Any(r => r.Record?.Archive.Size == identity.Size);
        (SafeFileHandle File, CacheRecord Record)? unpacked = familiar && FindByDigest(records, unpacker.Hash()) is { } found
            ? Narrow(found.File, found.Record, unpacker.Mode)
            : null;
        (SafeFileHandle file, CacheRecord record) = unpacked ?? Unpack(path, identity, unpacker);
        try
        {
            bool settled = WaitForTick(identity.Changed);
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
    /// Takes from a copy what rights the archive no longer gives, or does not give at this path. It is another file then for the records of
    /// other paths: their next builds find this one.
    /// </summary>
    /// <returns>Null where it is somebody else's: as good as absent.</returns>
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
            string digest = unpacker.Unpack(_files.NewFile);
            File.Move(_files.NewFile, _files.UnpackedFile(digest), overwrite: true);
            SafeFileHandle file = File.OpenHandle(_files.UnpackedFile(digest));
            return (file, new CacheRecord(identity, digest, InputFile.IdentityOf(file, path)));
        }
        finally
        {
            File.Delete(_files.NewFile);
        }
    }

    /// <returns>False for a time in the future, of which nothing can be said.</returns>
    private bool WaitForTick(FileInstant changed)
    {
        if (changed.Age < -Tick)
            return false;
        while (changed.Age <= Tick)
        {
            context.Cancellation.WaitHandle.WaitOne(Tick);
            context.Cancellation.ThrowIfCancellationRequested();
        }
        return true;
    }

    private void Write(string recordFile, CacheRecord record)
    {
        File.WriteAllBytes(_files.NewFile, record.ToBytes());
        File.Move(_files.NewFile, recordFile, overwrite: true);
    }

    /// <summary>Another archive at the same path takes the place of the one before; who has that open keeps it.</summary>
    /// <param name="records">All that there are, the ones last written first.</param>
    /// <param name="inUse">The digest of the one that was asked for.</param>
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
