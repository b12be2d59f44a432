using System.Globalization;
using System.Runtime.Versioning;
using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Spec;
using Oci.Rootfs.State;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>
/// One extraction into a directory, with work to do: read → merge → materialise → publish. Only the last step touches the destination. Where
/// enough of the image is known, the last two steps change the tree that stands (<see cref="TreeUpdate"/>).
/// </summary>
/// <param name="request">The request.</param>
/// <param name="source">The image.</param>
/// <param name="held">The tree's place.</param>
/// <param name="privileges">The privileges of this process.</param>
/// <param name="shared">The layers of other images of this run; null for a single image.</param>
/// <param name="check">What was found out about the tree that stands; null where nobody has looked.</param>
/// <param name="context">Limits, log and cancellation.</param>
[SupportedOSPlatform("linux")]
internal sealed class Extraction(
    RootfsRequest request, ImageSource source, DestinationLock held, Privileges privileges, SharedLayers? shared, TreeCheck? check, EngineContext context)
{
    /// <summary>More writer threads did not help on any machine measured.</summary>
    private const int MostWriters = 4;

    private readonly Destination _destination = held.Destination;
    private bool _mayUpdate = request.Incremental;
    private bool _isUpdate;
    private bool _hasWarnedOfDrift = check?.HasWarned == true;

    /// <summary>Of one attempt: what it warns of is said once, however many attempts there are.</summary>
    private EngineContext _context = null!;

    /// <param name="image">The image to extract.</param>
    /// <param name="key">The tree's key.</param>
    /// <param name="archives">The key of the archives, and those to write.</param>
    public RootfsResult Run(SelectedImage image, string key, ArchiveWork archives)
    {
        DestinationGuard guard = new(_destination, held.State, context);
        _destination.RefuseMounts();
        guard.RefuseForeign();
        guard.RefuseForeignStaging();
        try
        {
            return RunWithWayBack(image, key, archives);
        }
        catch
        {
            CleanUp();
            throw;
        }
    }

    /// <summary>
    /// The system may refuse some metadata half-way. Then the engine does everything again and only records the whole kind.
    /// </summary>
    private RootfsResult RunWithWayBack(SelectedImage image, string key, ArchiveWork archives)
    {
        WayBack wayBack = new(request.Ownership, request.MakeWritable, privileges);
        while (true)
        {
            RootfsLog log = context.Log.Part();
            _context = context with { Log = log };
            try
            {
                if (Run(image, key, archives, wayBack) is { } result)
                {
                    context.Log.Take(log);
                    return result;
                }
                _mayUpdate = false;
            }
            catch (RefusedException e) when (_isUpdate)
            {
                // What a tree that stands refuses, a new one may allow.
                context.Log.Detail($"The whole image is extracted, because the tree that stands can't be changed ({e.Why}).");
                (_mayUpdate, _isUpdate) = (false, false);
            }
            catch (OciException e) when (_isUpdate && e.Code is DiskErrors.PermissionCode or DiskErrors.ChangedCode)
            {
                // Somebody with more rights has made something in the tree, or somebody changes it meanwhile. Replaced whole, it is moved out of
                // the way.
                context.Log.Detail($"The whole image is extracted, because the tree that stands can't be changed ({e.Message}).");
                (_mayUpdate, _isUpdate) = (false, false);
            }
            catch (RefusedException e) when (request.Ownership != Ownership.Preserve)
            {
                wayBack.Add(e);
                context.Log.Detail($"The extraction starts again and only records {e.Demand.What} and all that is like it ({e.Why}).");
            }
            catch (RefusedException e)
            {
                context.Log.Take(log);
                throw e.ToError();
            }
            catch
            {
                context.Log.Take(log);
                throw;
            }
        }
    }

    private void CleanUp()
    {
        try
        {
            _destination.RemoveStaging();
        }
        catch (OciException e)
        {
            // The caller reports the error that led here; the next build under the lock tries to remove it again.
            context.Log.Detail(e.Message);
        }
    }

    /// <returns>Null where an update turned out to be too dear, and everything must be done again without one.</returns>
    private RootfsResult? Run(SelectedImage image, string key, ArchiveWork archives, WayBack wayBack)
    {
        _destination.Remains.Clear(_context);
        using DirectoryHandle root = _destination.MakePrivate(_destination.StagingName);
        OwnershipPolicy policy = wayBack.Decide(root);
        using TreeUpdate? update = request.KeepsState ? TreeUpdate.Begin(held, image, check?.Wrong ?? [], request, policy, privileges, _mayUpdate, _context) : null;
        KnownLayers? known = update is { MayChange: true } ? update.Known : null;
        MetadataWriter metadata = new(policy, _context.Log);
        // Whoever wants no update wants the image's own bytes, whatever was made of them earlier.
        using Neighbours? neighbours = request.Incremental ? Neighbours.Find(request, image, known, _context) : null;
        using ImageReading reading = new(request, source, image, known, shared, _context, neighbours);
        DirectoryHandle aside = _destination.MakePrivate(_destination.AsideName);
        using StagingTree staging = new(reading.Paths, root.Hold(), aside);
        using SmallFileWriters small = new(metadata, Math.Clamp(request.Cores, 1, MostWriters), LayerReader.ParsersFor(request.Cores, known?.Unknown ?? image.Layers.Count));
        bool readsContents = PreparedOutputs.ReadContents(request, archives.Stale);
        // Modes may take the right to read away from us.
        bool keepReadable = readsContents && !privileges.ReadsAll;
        ContentWriter writer = new(staging, metadata, small, keepReadable, stamps: request.KeepsState, _context.Cancellation);
        RootfsTree tree = reading.Read(new WriteAhead(staging, writer, keepReadable ? null : update?.Comparer), known is null ? null : update!.Read);
        using PreparedOutputs outputs = new(request, archives.Stale, _context);
        Work work = new(image, key, archives, root, policy, metadata, reading, staging, small, writer, tree, image.ToResult(reading.Order, extracted: true), outputs, readsContents, keepReadable);
        if (update is not null)
        {
            small.Flush();
            update.Compare(tree, staging, policy, readsContents);
            bool isTooDear = update.IsTooDear(update.Missing(staging), image, reading.IsRead);
            if (update.MayChange && !isTooDear && Update(work, update, wayBack) is { } updated)
                return updated;
            if (update.MayChange)
                _context.Log.Detail("The whole image is extracted: contents of layers that are known are needed again.");
            if (update.MayChange && (!isTooDear || update.Known.Unknown == 0))
                return null;
            Settle(work, update);
        }
        return Replace(work, update, wayBack);
    }

    /// <summary>Waits until it is known what somebody has done to the tree that stands.</summary>
    private void Settle(Work work, TreeUpdate update)
    {
        update.Settle(work.Tree, work.Policy, work.ReadsContents, work.Reading.Fetch);
        if (!_hasWarnedOfDrift)
            update.WarnOfDrift(context.Log);
        _hasWarnedOfDrift = true;
    }

    /// <summary>Makes the whole tree in staging, and exchanges it with the one that stands.</summary>
    private RootfsResult Replace(Work work, TreeUpdate? update, WayBack wayBack)
    {
        (SelectedImage image, RootfsTree tree, RootfsResult result, PreparedOutputs outputs, ImageReading reading) = (work.Image, work.Tree, work.Result, work.Outputs, work.Reading);
        Stamps? stamps = request.KeepsState ? new Stamps(tree.Paths) : null;
        Materializer materializer = new(tree, work.Staging, work.Metadata, filesLast: work.KeepReadable, stamps, reading.Progress, _context.Cancellation);
        RecordedOnly recorded = wayBack.Record(tree, work.Policy);
        NewTreeState? record = null;
        try
        {
            using (WorkerThread preparing = new("OCI outputs", () => record = Prepare(work, update?.Before, update is { MayChange: true } ? update.Old : null)))
            {
                work.Small.Flush();
                materializer.Place(missing =>
                {
                    reading.Fetch([.. missing.Select(static m => m.Content)], new MissingContents(missing, work.Writer, reading.Paths));
                    work.Small.Flush();
                });
                outputs.BeginArchives(tree, result, image, () => new StagedContents(work.Staging, work.Root.Hold()));
                if (work.ReadsContents)
                    WriteDocuments(outputs, tree, result, image, new StagedContents(work.Staging, work.Root.Hold()));
                materializer.MakeNodes();
                if (work.KeepReadable)
                    outputs.FinishReading();
                materializer.Finish();
                preparing.Finish();
            }
            outputs.FinishArchives();
            _context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Contents written in vain: {materializer.Vain}."));
            _context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Directories were opened {work.Staging.DirectoriesOpened} times."));
            if (recorded.Describe() is { } text)
                _context.Log.Summary(text);
            if (stamps is not null)
                stamps.HasSetLengths = work.Metadata.HasSetLengths;
            _destination.Remove(_destination.AsideName).ThrowIfFailed();
            List<string> replaced = FilesOfPlatforms();
            Publisher publisher = new(_destination, held.State, _context);
            publisher.Publish(
                work.Root, work.Key, reading.Order, PathsOnDisk(tree, work.Policy), outputs.Files, work.Archives, wayBack.ToTryAgain(recorded), TreeMaker.Of(request),
                stamps is null ? null : () => Record(publisher, record, stamps));
            outputs.Published();
            TreeExposure.Warn(tree, work.Policy, _destination, _context.Log);
            OwnedTrees.TryRemoveFiles(replaced, _context);
            return result;
        }
        finally
        {
            record?.Dispose();
        }
    }

    private void Record(Publisher publisher, NewTreeState? record, Stamps stamps)
    {
        publisher.Stand(stamps);
        new TreeStateFile(_destination).Finish(record, stamps, _context);
    }

    /// <summary>Changes the tree that stands.</summary>
    /// <returns>Null where so much of it was changed by somebody else that it is cheaper to make it anew.</returns>
    private RootfsResult? Update(Work work, TreeUpdate update, WayBack wayBack)
    {
        _isUpdate = true;
        (SelectedImage image, RootfsTree tree, PreparedOutputs outputs, ImageReading reading) = (work.Image, work.Tree, work.Outputs, work.Reading);
        RecordedOnly recorded = wayBack.Record(tree, work.Policy);
        NewTreeState? record = null;
        // The list of changes is the only document that depends on the tree that stands.
        bool isSettled = request.PathOf(OutputKind.Changes) is not null;
        if (isSettled)
            Settle(work, update);
        try
        {
            List<ContentRef> missing;
            using (WorkerThread preparing = new("OCI outputs", () => record = Prepare(work, isSettled ? update.Before : null, update.Old)))
            {
                if (!isSettled)
                    Settle(work, update);
                missing = update.Missing(work.Staging);
                if (update.IsHopeless || update.IsTooDear(missing, image, reading.IsRead))
                {
                    preparing.Finish();
                    _isUpdate = false;
                    return null;
                }
                update.TellLayers(missing, image, reading.IsRead);
                work = work with { Archives = ArchivesOf(work, update) };
                outputs.Archives = work.Archives.Stale;
                if (missing.Count > 0)
                    reading.Fetch(missing, new AsideContents(work.Writer, reading.Paths));
                work.Small.Flush();
                outputs.BeginArchives(tree, work.Result, image, () => update.Contents(tree, work.Staging, work.Root.Hold()));
                if (work.ReadsContents)
                    WriteDocuments(outputs, tree, work.Result, image, update.Contents(tree, work.Staging, work.Root.Hold()));
                outputs.FinishReading();
                preparing.Finish();
            }
            outputs.FinishArchives();
            if (recorded.Describe() is { } text)
                _context.Log.Summary(text);
            Stamps stamps = new(tree.Paths) { HasSetLengths = work.Metadata.HasSetLengths || update.Old.HasSetLengths };
            TreeChange change = update.Change(tree, work.Staging, work.Metadata, _destination);
            Publisher publisher = new(_destination, held.State, _context);
            publisher.Change(
                change.Apply, stamps, change.Undo, () => RecordOld(update, change, publisher), work.Key, reading.Order, PathsOnDisk(tree, work.Policy), outputs.Files, work.Archives,
                wayBack.ToTryAgain(recorded), TreeMaker.Of(request), () => new TreeStateFile(_destination).Finish(record, stamps, _context));
            outputs.Published();
            Publisher.WarnOfForeignFiles(_destination, update.ForeignNames, pathsMade: 1, _context.Log);
            TreeExposure.Warn(tree, work.Policy, _destination, _context.Log);
        }
        finally
        {
            record?.Dispose();
        }
        TreeDifference difference = update.Difference;
        return work.Result with { Change = new RootfsChange(difference.Added, difference.Changed, difference.Deleted, tree.Count, update.LayersRead) };
    }

    /// <summary>The archives to write: none where the merged tree is that of the image before.</summary>
    private ArchiveWork ArchivesOf(Work work, TreeUpdate update)
    {
        TreeDifference difference = update.Difference;
        bool isSame = difference.Added + difference.Changed + difference.Deleted == 0;
        return isSame && Digest.TryParse(update.Old.Manifest, out Digest? before) ? work.Archives.OfTheSameTree(held.State.Content, request, before) : work.Archives;
    }

    /// <summary>Writes the documents that read no contents, and begins to write down what the tree is made of.</summary>
    private NewTreeState? Prepare(Work work, TreeBefore? before, TreeState? old)
    {
        work.Outputs.WriteDocuments(work.Tree, work.Result, work.Image, before);
        return request.KeepsState ? new TreeStateFile(_destination).Begin(StateOf(work, old), work.Tree, _context) : null;
    }

    /// <summary>What the tree is made of.</summary>
    private TreeState StateOf(Work work, TreeState? old)
    {
        long[] limits = request.Limits.Values;
        for (int i = 0; i < limits.Length && i < old?.Limits.Length; i++)
            limits[i] = Math.Max(limits[i], old.Limits[i]);
        List<string> own = [];
        foreach (OwnNode node in request.Own?.Nodes ?? [])
            own.Add((node as OwnFileNode)?.Digest ?? "");
        return new TreeState(
            work.Key, work.Image.Manifest.Digest.ToString(), work.Policy.Form, limits, !Linux.IsFuse(work.Root.Fd), HasSetLengths: false, work.Reading.Layers, own, new StandingTree(work.Tree.Paths));
    }

    /// <summary>Writes down the stamps of a tree that was changed and is the old one again.</summary>
    private void RecordOld(TreeUpdate update, TreeChange change, Publisher publisher)
    {
        StandingTree standing = update.Old.Tree;
        // The build may have been cancelled. The old tree is written down all the same, and no sooner than its stamps are certain.
        EngineContext own = _context with { Cancellation = CancellationToken.None };
        RootfsTree tree = standing.ToTree(own.Quiet);
        Stamps stamps = update.OldStamps(change.HasTouched);
        if (standing[0].Drift == Drift.None)
            publisher.Stand(stamps);
        new TreeStateFile(_destination).Write(update.Old, tree, stamps, own);
    }

    private static void WriteDocuments(PreparedOutputs outputs, RootfsTree tree, RootfsResult result, SelectedImage image, ITreeContents contents)
    {
        using (contents)
            outputs.WriteDocuments(tree, result, image, contents);
    }

    /// <summary>The files of the trees of several platforms that stand where the one tree will be.</summary>
    private List<string> FilesOfPlatforms() => held.State.Content.HoldsTrees
        ? OwnedTrees.FilesWithin(_destination.ShownPath, name => EachPlatform.OutputsOf(request.Outputs.Select(static o => o.Path), name), _context)
        : [];

    private static long PathsOnDisk(RootfsTree tree, OwnershipPolicy policy)
    {
        long paths = 0;
        foreach (int path in tree.InOrder())
        {
            if (policy.Makes(tree[path]!))
                paths++;
        }
        return paths;
    }

    /// <summary>What both ways to a new tree work with.</summary>
    private sealed record Work(
        SelectedImage Image, string Key, ArchiveWork Archives, DirectoryHandle Root, OwnershipPolicy Policy, MetadataWriter Metadata, ImageReading Reading, StagingTree Staging,
        SmallFileWriters Small, ContentWriter Writer, RootfsTree Tree, RootfsResult Result, PreparedOutputs Outputs, bool ReadsContents, bool KeepReadable);
}
