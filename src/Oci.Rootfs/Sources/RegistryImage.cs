using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Pins;
using Oci.Rootfs.Registry;
using Oci.Rootfs.Spec;
using Oci.Rootfs.Store;

namespace Oci.Rootfs.Sources;

/// <summary>
/// An image in a registry. Its tag is pinned by a lock file; its documents are in the project's <c>obj/</c>, its blobs in the user's store,
/// and what is in neither is fetched. All are verified when they are read, wherever they come from.
/// </summary>
internal sealed class RegistryImage : ImageSource
{
    private const int MostListed = 8;

    private readonly RegistryReference _reference;
    private readonly RegistryOptions _options;
    private readonly string _name;
    private readonly string? _question;
    private readonly DocumentsLayout _documents;
    private readonly Lock _lock = new();
    private readonly HashSet<Digest> _fromStore = [];
    private readonly long _started;
    private readonly CancellationToken _cancellation;
    private CancellationTokenSource _stopping;

    /// <summary>Its cancellation is the build's, and ours where the work has failed.</summary>
    private EngineContext _context;
    private int _blobsFetched;
    private long _bytesFetched;
    private readonly HashSet<Digest> _wanted = [];
    private bool _mayHelpToRepeat;

    /// <summary>Held while threads are ended: several may find at once that the work has failed.</summary>
    private readonly Lock _ending = new();
    private bool _isStopped;
    private Descriptor? _top;
    private BlobStore? _store;
    private RegistryClient? _registry;
    private Downloads? _downloads;

    /// <param name="reference">The image.</param>
    /// <param name="options">How it is found, fetched and kept.</param>
    /// <param name="name">The image's short name.</param>
    /// <param name="question">Where no work may be done: what is asked about. Otherwise null.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    public RegistryImage(RegistryReference reference, RegistryOptions options, string name, string? question, EngineContext context)
    {
        (_reference, _options, _name, _question, _cancellation) = (reference, options, name, question, context.Cancellation);
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
        _context = context with { Cancellation = _stopping.Token };
        _documents = new DocumentsLayout(options.DocumentsDirectory, context);
        _started = context.Clock.GetTimestamp();
    }

    /// <summary>The store, opened when it is first needed: a build with nothing to do does not look at it.</summary>
    private BlobStore Store
    {
        get
        {
            lock (_lock)
                return _store ??= new BlobStore(StoreDirectory, _options.Clock);
        }
    }

    private string StoreDirectory => DirectoryOf(_options);

    public override byte[] ReadIndex() => DocumentsLayout.IndexOf(Top());

    /// <summary>A registry has all that its index lists. What is missing is an error when it is opened.</summary>
    public override bool HasBlob(Digest digest) => true;

    public override Stream OpenBlob(Descriptor descriptor)
    {
        if (MediaTypes.IsIndex(descriptor.MediaType) || MediaTypes.IsManifest(descriptor.MediaType))
            return new MemoryStream(Document(descriptor.Digest).Bytes, writable: false);
        if (MediaTypes.IsConfig(descriptor.MediaType) && descriptor.Size <= _context.Limits.MaxJsonBytes)
            return new MemoryStream(Config(descriptor), writable: false);
        return OpenStored(descriptor) ?? Following(descriptor);
    }

    public override void Expect(IReadOnlyList<Descriptor> blobs)
    {
        BeginAgain();
        CheckSize(blobs);
        List<Descriptor> missing = [.. blobs.Where(blob => !Store.Has(blob.Digest)).DistinctBy(static blob => blob.Digest)];
        if (missing.Count == 0)
            return;
        CheckMayFetch(missing);
        Downloads().Start(missing[0], missing.Skip(1));
    }

    public override void Fetch(IReadOnlyList<Descriptor> blobs)
    {
        Expect(blobs);
        foreach (Descriptor blob in blobs)
        {
            using Stream? stored = OpenStored(blob);
            if (stored is null)
                Downloads().Start(blob).Wait(_context.Cancellation);
        }
    }

    public override void Finish()
    {
        if (_question is not null)
            return;
        if (_top is not null)
            _documents.Finish(_top);
        Count();
        if (_wanted.Count == 0)
            return;
        double seconds = _context.Clock.GetElapsedTime(_started).TotalSeconds;
        if (_blobsFetched > 0)
            _context.Log.Summary(string.Create(CultureInfo.InvariantCulture, $"{_name}: {_bytesFetched / 1e6:F1} MB in {_blobsFetched} {(_blobsFetched == 1 ? "blob" : "blobs")} from {_reference.Host} in {seconds:F1} s"));
        HashSet<string> kept = [.. _fromStore.Select(Store.PathOf), .. _wanted.Select(Store.PathOf)];
        Eviction.Run(Store, _options.StoreMaxBytes, kept, _options.Clock, _context);
    }

    public override void Stop()
    {
        lock (_ending)
        {
            lock (_lock)
                _isStopped = true;
            _stopping.Cancel();
            End();
        }
    }

    /// <summary>Only errors of what was read can come from a wrong copy.</summary>
    public override bool Mends(OciException failure)
    {
        if (_question is not null || !(failure.Code.StartsWith("OCI3", StringComparison.Ordinal) || failure.Code.StartsWith("OCI4", StringComparison.Ordinal)))
            return false;
        Count();
        bool mends = _mayHelpToRepeat;
        foreach (Digest digest in _fromStore)
        {
            if (IsRight(digest))
                continue;
            _context.Log.Summary($"{_name}: the blob {digest} in the store is damaged. It is removed{(_options.Offline ? "" : ", and fetched again")}.");
            Store.Remove(digest);
            mends = true;
        }
        return mends;
    }

    /// <summary>Removes all blobs from the store.</summary>
    public static void CleanStore(RegistryOptions options, RootfsLog log)
    {
        string directory = DirectoryOf(options);
        if (!Directory.Exists(directory))
            return;
        long bytes = BlobStore.Try(directory, () => Eviction.Clean(new BlobStore(directory, options.Clock)));
        log.Summary(string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB went from the store '{directory}'"));
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        Stop();
        _stopping.Dispose();
    }

    /// <summary>The work is done again, after it was stopped.</summary>
    private void BeginAgain()
    {
        lock (_ending)
        {
            if (!_isStopped)
                return;
            _stopping.Dispose();
            _stopping = CancellationTokenSource.CreateLinkedTokenSource(_cancellation);
            _context = _context with { Cancellation = _stopping.Token };
            lock (_lock)
                _isStopped = false;
        }
    }

    /// <summary>A layer inflates to at least about as much as its blob. So the limit on what they inflate to bounds what is fetched.</summary>
    /// <exception cref="OciException">OCI4221: the blobs are larger.</exception>
    private void CheckSize(IReadOnlyList<Descriptor> blobs)
    {
        long left = _context.Limits.MaxUncompressedBytes;
        foreach (Descriptor blob in blobs)
        {
            if (blob.Size > left)
                throw LimitErrors.UncompressedBytes(_context.Limits.MaxUncompressedBytes);
            left -= blob.Size;
        }
    }

    /// <summary>Ends the threads that fetch. Their connections end with the cancellation.</summary>
    private void End()
    {
        _downloads?.Dispose();
        Count();
        _registry?.Dispose();
        (_downloads, _registry) = (null, null);
    }

    /// <summary>Adds up what was fetched, once the threads are done with it.</summary>
    private void Count()
    {
        if (_downloads is null)
            return;
        (int blobs, long bytes) = _downloads.TakeFetched();
        (_blobsFetched, _bytesFetched) = (_blobsFetched + blobs, _bytesFetched + bytes);
        _wanted.UnionWith(_downloads.Digests);
        _mayHelpToRepeat |= _downloads.MayHelpToRepeat;
    }

    /// <summary>The user's store; without a home, one for the project.</summary>
    private static string DirectoryOf(RegistryOptions options) => options.StoreDirectory ?? BlobStore.DirectoryOf(options.Environment)
        ?? (options.DocumentsDirectory is { } documents ? Path.Combine(Path.GetDirectoryName(documents)!, "store") : throw RegistryErrors.StoreNotWritten("", "no HOME, and no OciStoreDirectory"));

    /// <summary>The index or manifest that the reference means.</summary>
    private Descriptor Top()
    {
        if (_top is not null)
            return _top;
        if (_reference.Digest is { } digest)
            return _top = Document(digest).Descriptor;
        string key = _reference.LockKey;
        if (!_options.Update && _options.LockFile is { } file && LockFile.Find(file, key) is { } pin)
            return _top = pin;
        return _top = Resolve(key);
    }

    private Descriptor Resolve(string key)
    {
        if (_question is not null)
            throw BuildErrors.NotUpToDate(_question);
        if (_options is { LockedMode: true, Update: false })
            throw RegistryErrors.NotLocked(key, _options.LockFile ?? "OciLockFile");
        if (_options.Offline)
            throw RegistryErrors.OfflineTag(key);
        Descriptor? before = _options.LockFile is { } file ? LockFile.Find(file, key) : null;
        // What the registry says to a short question costs no pull, and is enough where it is what we have already.
        if (before is not null && Registry().AskForTag() == before.Digest)
        {
            _context.Log.Summary($"{key} is still {before.Digest}");
            return before;
        }
        FetchedManifest fetched = Registry().GetManifest(null);
        Keep(fetched.Descriptor.Digest, fetched.Bytes);
        if (_options.LockFile is null)
        {
            RegistryErrors.WarnUnpinned(_context.Log, key, fetched.Descriptor.Digest.ToString());
            return fetched.Descriptor;
        }
        before = LockFile.Enter(_options.LockFile, key, fetched.Descriptor, Store.LockFile, _context);
        _context.Log.Summary(before is null || before == fetched.Descriptor
            ? $"{key} is {fetched.Descriptor.Digest}, and pinned in {Path.GetFileName(_options.LockFile)}"
            : $"{key}: {before.Digest} -> {fetched.Descriptor.Digest}");
        return fetched.Descriptor;
    }

    /// <summary>An index or a manifest by its digest.</summary>
    private FetchedManifest Document(Digest digest)
    {
        if ((_documents.Read(digest) ?? FromStore(digest)) is not { } bytes)
        {
            CheckMayFetch(digest);
            bytes = Registry().GetManifest(digest).Bytes;
            Keep(digest, bytes);
        }
        return new FetchedManifest(new Descriptor(DocumentType.Of(bytes) ?? throw SelectionErrors.NotAManifest(digest.ToString(), "unknown"), digest, bytes.Length), bytes);
    }

    private byte[] Config(Descriptor config)
    {
        if ((_documents.Read(config.Digest) ?? FromStore(config.Digest)) is { } kept)
            return kept;
        CheckMayFetch([config]);
        using VerifyingStream stream = new(Registry().OpenBlob(config, 0), config);
        byte[] bytes = new byte[config.Size];
        stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        stream.VerifyToEnd();
        Keep(config.Digest, bytes);
        return bytes;
    }

    /// <summary>A small blob of the store; null where it is missing. A wrong one is removed.</summary>
    private byte[]? FromStore(Digest digest)
    {
        if (DocumentsLayout.ReadFile(Store.PathOf(digest), _context.Limits.MaxJsonBytes) is not { } bytes)
            return null;
        if (DigestHash.Of(bytes, digest.Algorithm) == digest)
        {
            if (_question is not null)
                return bytes;
            Store.Touch(digest);
            lock (_lock)
                _fromStore.Add(digest);
            _documents.Keep(digest, bytes);
            return bytes;
        }
        if (_question is null)
            Store.Remove(digest);
        return null;
    }

    private void Keep(Digest digest, byte[] bytes)
    {
        Store.Put(digest, bytes);
        _documents.Keep(digest, bytes);
    }

    /// <summary>Opens a blob in the store; null where it has to be fetched.</summary>
    private FileRangeStream? OpenStored(Descriptor blob)
    {
        if (Store.TryOpen(blob.Digest) is not { } file)
            return null;
        long length = RandomAccess.GetLength(file);
        lock (_lock)
            _fromStore.Add(blob.Digest);
        if (length == blob.Size || _options.Offline || _question is not null)
            return length == blob.Size ? new FileRangeStream(file, 0, length, blob.Digest.ToString(), ownsHandle: true) : throw WrongSize(file, blob, length);
        file.Dispose();
        if (IsRight(blob.Digest))
            throw IntegrityErrors.WrongSize(blob.Digest.ToString(), blob.Size, length);
        Store.Remove(blob.Digest);
        return null;
    }

    private static OciException WrongSize(SafeFileHandle file, Descriptor blob, long length)
    {
        file.Dispose();
        return IntegrityErrors.WrongSize(blob.Digest.ToString(), blob.Size, length);
    }

    /// <summary>Reads a blob while it is fetched.</summary>
    private Stream Following(Descriptor blob)
    {
        CheckMayFetch([blob]);
        return Downloads().Start(blob).OpenRead(_context.Cancellation) ?? (Stream?)OpenStored(blob) ?? throw SourceErrors.MissingBlob(blob.Digest.ToString());
    }

    private bool IsRight(Digest digest)
    {
        using SafeFileHandle? file = Store.TryOpen(digest);
        if (file is null)
            return true;
        using FileRangeStream stream = new(file, 0, RandomAccess.GetLength(file), digest.ToString(), ownsHandle: false);
        return DigestHash.Of(stream, digest.Algorithm, _cancellation) == digest;
    }

    private void CheckMayFetch(Digest document)
    {
        if (_question is not null)
            throw BuildErrors.NotUpToDate(_question);
        if (_options.Offline)
            throw Offline(document.ToString());
    }

    private void CheckMayFetch(List<Descriptor> blobs)
    {
        if (_question is not null)
            throw BuildErrors.NotUpToDate(_question);
        if (!_options.Offline)
            return;
        List<string> missing = [.. blobs.Take(MostListed).Select(static blob => string.Create(CultureInfo.InvariantCulture, $"{blob.Digest} ({blob.Size} bytes)"))];
        if (blobs.Count > MostListed)
            missing.Add(string.Create(CultureInfo.InvariantCulture, $"{blobs.Count - MostListed} more"));
        throw Offline(string.Join(", ", missing));
    }

    private OciException Offline(string missing) => RegistryErrors.Offline(missing, (_reference with { Digest = _top?.Digest ?? _reference.Digest, Tag = null }).ToString(), StoreDirectory);

    private RegistryClient Registry()
    {
        lock (_lock)
        {
            // A thread that has not heard of the end yet must not begin anything.
            if (_isStopped)
                throw new OperationCanceledException("The work has failed elsewhere.");
            return _registry ??= new RegistryClient(_reference, _options, _context);
        }
    }

    private Downloads Downloads()
    {
        RegistryClient registry = Registry();
        lock (_lock)
            return _downloads ??= new Downloads(Store, registry, _options.Concurrency, _context);
    }
}
