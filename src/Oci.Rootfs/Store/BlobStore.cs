using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Store;

#pragma warning disable RS0030 // The store's own files, in its own directory, which nobody else may write to.

/// <summary>
/// The blobs that this user's builds have fetched, by digest: <c>blobs/sha256/HEX</c>, as skopeo's shared blob directories have them. A blob
/// in there was complete and right once. It is verified again whenever it is read.
/// </summary>
internal sealed class BlobStore
{
    private const string Blobs = "blobs", Partial = "partial", LockName = "lock", TagName = "CACHEDIR.TAG", Own = "oci-build-tasks";
    private const string Tag = "Signature: 8a477f597d28d172789f06886806bc55\n# Blobs of images that Oci.Build.Tasks fetched. All of it can be fetched again.\n";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan TouchedAtMost = TimeSpan.FromDays(1);

    private readonly TimeProvider _clock;
    private bool _isMade;

    public BlobStore(string directory, TimeProvider clock)
    {
        (Directory, _clock) = (directory, clock);
        if (System.IO.Directory.Exists(directory))
            CheckRights();
    }

    /// <summary>The store's directory, absolute.</summary>
    public string Directory { get; }

    public string LockFile => Path.Combine(Directory, LockName);

    public IEnumerable<string> BlobDirectories => [Path.Combine(Directory, Blobs, "sha256"), Path.Combine(Directory, Blobs, "sha512")];

    public string PartialDirectory => Path.Combine(Directory, Partial);

    /// <summary>The store of a user, as the environment gives it; null where it gives none.</summary>
    public static string? DirectoryOf(Func<string, string?> environment)
    {
        string? Rooted(string name) => environment(name) is { Length: > 0 } text && Path.IsPathFullyQualified(text) ? text : null;
        if (Rooted("XDG_CACHE_HOME") is { } cache)
            return Path.Combine(cache, Own);
        if (OperatingSystem.IsWindows())
            return Rooted("LOCALAPPDATA") is { } local ? Path.Combine(local, Own) : null;
        return Rooted("HOME") is { } home ? Path.Combine(home, ".cache", Own) : null;
    }

    public string PathOf(Digest digest) => digest.PathIn(Directory);

    public string PartialOf(Digest digest) => Path.Combine(PartialDirectory, $"{digest.Algorithm}-{digest.Hex}");

    public bool Has(Digest digest) => File.Exists(PathOf(digest));

    /// <summary>Opens a complete blob; null where there is none.</summary>
    /// <exception cref="OciException">It is there and can't be opened.</exception>
    public SafeFileHandle? TryOpen(Digest digest)
    {
        SafeFileHandle? file = InputFile.Open(PathOf(digest), digest.ToString(), out InputKind kind, out _);
        if (file is null || kind == InputKind.RegularFile)
        {
            if (file is not null)
                Touch(digest);
            return file;
        }
        file.Dispose();
        throw RegistryErrors.StoreNotWritten(PathOf(digest), "no regular file in a blob's place");
    }

    /// <summary>Keeps a small document.</summary>
    public void Put(Digest digest, byte[] bytes) => Try(PathOf(digest), () =>
    {
        Make();
        if (!Has(digest))
            WholeFile.Write(PathOf(digest), bytes);
    });

    public void Remove(Digest digest) => Try(PathOf(digest), () => File.Delete(PathOf(digest)));

    /// <summary>Locks the file for a blob that is being fetched. Another build or thread that fetches it is waited for.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="waiting">Called once when it is waited for.</param>
    /// <param name="context">Log and cancellation.</param>
    public FileStream LockPartial(Digest digest, Action waiting, EngineContext context) => Try(PartialOf(digest), () =>
    {
        Make();
        return WholeFile.Lock(PartialOf(digest), waiting, context.Cancellation);
    });

    /// <summary>Makes a verified partial file the blob. Its lock is held.</summary>
    public void Complete(Digest digest) => Try(PathOf(digest), () =>
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(PathOf(digest))!);
        File.Move(PartialOf(digest), PathOf(digest), overwrite: true);
    });

    /// <summary>Removes a partial file that is of no use. Its lock is held.</summary>
    public void RemovePartial(Digest digest) => Try(PartialOf(digest), () => File.Delete(PartialOf(digest)));

    /// <summary>Runs work on the store's files.</summary>
    /// <exception cref="OciException">OCI8016: it fails.</exception>
    public static T Try<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RegistryErrors.StoreNotWritten(path, e is IOException && IsFull(e) ? "no space is left" : e.Message.TrimEnd('.'), e);
        }
    }

    private static void Try(string path, Action work) => Try(path, () =>
    {
        work();
        return true;
    });

    private static bool IsFull(Exception e) => e.HResult is Errno.NoSpace or Errno.Quota or unchecked((int)0x80070070);

    private void Make()
    {
        if (_isMade)
            return;
        if (!System.IO.Directory.Exists(PartialDirectory))
        {
            MakePrivate(Directory);
            CheckRights();
            MakePrivate(PartialDirectory);
            MakePrivate(Path.Combine(Directory, Blobs, "sha256"));
        }
        if (!File.Exists(Path.Combine(Directory, TagName)))
            WholeFile.Write(Path.Combine(Directory, TagName), System.Text.Encoding.ASCII.GetBytes(Tag));
        _isMade = true;
    }

    private static void MakePrivate(string directory)
    {
        if (OperatingSystem.IsWindows())
            System.IO.Directory.CreateDirectory(directory);
        else
            System.IO.Directory.CreateDirectory(directory, Private);
    }

    /// <summary>Others who may write there could put links in the way of what we write.</summary>
    /// <exception cref="OciException">OCI8016: others may write there.</exception>
    private void CheckRights()
    {
        if (HostSystem.IsLinux && !IsOurs(Directory))
            throw RegistryErrors.StoreNotWritten(Directory, "a directory that another user owns, or that others may write to");
    }

    [SupportedOSPlatform("linux")]
    private static bool IsOurs(string directory)
    {
        using DirectoryHandle? opened = DirectoryHandle.OpenUserPath(directory);
        return opened?.StatSelf() is { } stat && OwnFile.IsWritableByUsAlone(stat);
    }

    /// <summary>Notes that the blob is in use, so that it is not the first to go.</summary>
    public void Touch(Digest digest)
    {
        try
        {
            DateTime now = _clock.GetUtcNow().UtcDateTime;
            if (now - File.GetLastWriteTimeUtc(PathOf(digest)) > TouchedAtMost)
                File.SetLastWriteTimeUtc(PathOf(digest), now);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then it counts as not used. A store that can't be written to can still be read.
        }
    }
}
