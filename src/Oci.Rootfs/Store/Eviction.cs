using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Os;

namespace Oci.Rootfs.Store;

#pragma warning disable RS0030 // The store's own files, in its own directory.

/// <summary>
/// Keeps the store within its bound: what was used least recently goes. A build that has a blob open goes on reading it; one that finds it
/// gone fetches it again. So nobody has to say what is in use.
/// </summary>
internal static class Eviction
{
    private static readonly TimeSpan Youngest = TimeSpan.FromHours(1), OldestPartial = TimeSpan.FromDays(7);

    /// <param name="store">The store.</param>
    /// <param name="most">The bytes that may stay; 0 for any number.</param>
    /// <param name="kept">The paths of blobs that this build uses.</param>
    /// <param name="clock">Tells the blobs' ages.</param>
    /// <param name="context">Log and cancellation.</param>
    public static void Run(BlobStore store, long most, IReadOnlySet<string> kept, TimeProvider clock, EngineContext context)
    {
        try
        {
            // One build at a time is enough.
            using FileStream? held = WholeFile.TryLock(store.LockFile);
            if (held is null)
                return;
            DateTime now = clock.GetUtcNow().UtcDateTime;
            RemoveOldPartials(store, now);
            if (most > 0)
                RemoveBlobs(store, most, kept, now, context);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The store stays as large as it is. The build has all that it wants.
            context.Log.Detail($"The store '{store.Directory}' could not be tidied up.");
        }
    }

    /// <summary>Removes all blobs, and what earlier builds left of others.</summary>
    /// <returns>The number of bytes that were removed.</returns>
    public static long Clean(BlobStore store)
    {
        long bytes = 0;
        foreach (FileInfo file in Blobs(store))
        {
            bytes += file.Length;
            file.Delete();
        }
        foreach (FileInfo file in Files(store.PartialDirectory))
        {
            // What a build fetches just now is that build's.
            using FileStream? held = WholeFile.TryLock(file.FullName);
            if (held is null)
                continue;
            bytes += held.Length;
            file.Delete();
        }
        return bytes;
    }

    private static void RemoveBlobs(BlobStore store, long most, IReadOnlySet<string> kept, DateTime now, EngineContext context)
    {
        List<FileInfo> blobs = [.. Blobs(store)];
        long bytes = blobs.Sum(static blob => blob.Length), before = bytes;
        foreach (FileInfo blob in blobs.OrderBy(static blob => blob.LastWriteTimeUtc).ThenBy(static blob => blob.Name, StringComparer.Ordinal))
        {
            if (bytes <= most || now - blob.LastWriteTimeUtc < Youngest)
                break;
            if (kept.Contains(blob.FullName))
                continue;
            bytes -= blob.Length;
            blob.Delete();
        }
        if (bytes < before)
            context.Log.Normal(string.Create(CultureInfo.InvariantCulture, $"{(before - bytes) / 1e6:F1} MB that were used least recently went from the store '{store.Directory}'."));
    }

    private static void RemoveOldPartials(BlobStore store, DateTime now)
    {
        foreach (FileInfo partial in Files(store.PartialDirectory))
        {
            if (now - partial.LastWriteTimeUtc < OldestPartial)
                continue;
            using FileStream? held = WholeFile.TryLock(partial.FullName);
            if (held is not null)
                partial.Delete();
        }
    }

    private static IEnumerable<FileInfo> Blobs(BlobStore store) => store.BlobDirectories.SelectMany(Files);

    /// <summary>Regular files alone, whatever somebody may have put there.</summary>
    private static IEnumerable<FileInfo> Files(string directory)
    {
        DirectoryInfo info = new(directory);
        return info.Exists ? info.EnumerateFiles().Where(static file => file.LinkTarget is null) : [];
    }
}
