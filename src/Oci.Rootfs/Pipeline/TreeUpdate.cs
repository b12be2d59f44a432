using System.Globalization;
using System.Runtime.Versioning;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>
/// What turns the tree that stands into the one of a changed image (docs/incremental.md). While unknown layers are read, a thread looks whether
/// the tree is still as it was left.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class TreeUpdate : IDisposable
{
    private const uint OwnerRead = 0b100_000_000; // 0400
    private const uint OwnerSearch = 0b001_000_000; // 0100

    private readonly TreeState _old;
    private readonly RootfsRequest _request;
    private readonly bool _mayEnterAll, _mayWriteAll;
    private readonly EngineContext _context;
    private readonly DirectoryHandle _root;
    private readonly TreeHandles _handles;
    private readonly CancellationTokenSource _stopping;
    private readonly DriftCheck _check;
    private readonly WorkerThread _checking;
    private readonly ContentComparer _comparer;
    private TreeDifference? _difference;
    private StagingTree? _staging;
    private IReadOnlyList<int> _wrong = [];

    /// <summary>By path of the new tree: its number among the paths of the old one.</summary>
    private PathMap<int>? _numbers;

    private TreeUpdate(TreeState old, KnownLayers known, DirectoryHandle root, RootfsRequest request, Privileges privileges, EngineContext context)
    {
        (_old, Known, _root, _request, _mayEnterAll, _mayWriteAll, _context) = (old, known, root, request, privileges.ReadsAll, privileges.WritesAll, context);
        _handles = new TreeHandles(old.Tree, root.Hold(), old.KeepsInodes);
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        _check = new DriftCheck(old.Tree, _handles, root, old.KeepsInodes, _mayEnterAll, _stopping.Token);
        _comparer = new ContentComparer(old.Tree, new TreeHandles(old.Tree, root.Hold(), old.KeepsInodes), context.Cancellation);
        _checking = new WorkerThread("OCI drift", _check.Run);
    }

    /// <summary>The layers that need not be read.</summary>
    public KnownLayers Known { get; }

    /// <summary>Compares what is read with what stands; null where the tree is replaced as a whole.</summary>
    public ContentComparer? Comparer => MayChange ? _comparer : null;

    /// <summary>False where the tree is replaced as a whole.</summary>
    public bool MayChange { get; private init; }

    /// <summary>The tree that stands, compared with the new one.</summary>
    public TreeBefore Before
    {
        get
        {
            List<string> layers = [];
            foreach (KnownLayer layer in _old.Layers)
                layers.Add(layer.Blob.Digest.ToString());
            return new TreeBefore(_old.Manifest, _old.Tree, layers, Difference);
        }
    }

    /// <summary>Whether the tree's root was changed so that nobody can say what is in it.</summary>
    public bool IsHopeless => _old.Tree[0].Drift == Drift.Gone;

    /// <summary>The state of the tree that stands.</summary>
    public TreeState Old => _old;

    public TreeDifference Difference => _difference!;

    /// <param name="held">The tree's place.</param>
    /// <param name="image">The image.</param>
    /// <param name="wrong">The places of files that are known to have wrong bytes.</param>
    /// <param name="request">The request.</param>
    /// <param name="policy">What the disk can have.</param>
    /// <param name="privileges">The privileges of this process.</param>
    /// <param name="mayChange">False where an update was tried already, and failed.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <returns>Null where the tree must be made anew. A message says why.</returns>
    public static TreeUpdate? Begin(
        DestinationLock held, SelectedImage image, IReadOnlyList<int> wrong, RootfsRequest request, OwnershipPolicy policy, Privileges privileges, bool mayChange, EngineContext context)
    {
        (Destination destination, StateContent mark) = (held.Destination, held.State.Content);
        // A tree that is replaced as a whole is compared with the new one where somebody wants to know.
        bool isCompared = request.PathOf(OutputKind.Changes) is not null || request.Drift == DriftPolicy.Fail || request.Verify != RootfsVerification.None;
        if (!(mayChange || isCompared) || mark.Key is not { } key || mark.HoldsTrees || destination.Parent.Stat(destination.Name) is not { IsDirectory: true } standing || !held.State.Owns(standing))
            return null;
        if (new TreeStateFile(destination).Read(key, context) is not { } old)
            return null;
        KnownLayers known = new(image, old.Layers);
        string? whyNot = old.HasSetLengths && mark.Boot != BootId.Current ? "the machine was started anew, and files that end in zeros need not have been written"
            : old.Form != policy.Form ? "what can be set on disk has changed"
            : known.Unknown == known.Count ? "none of its layers is known"
            : IsTooMuch(known.UnknownBytes, known, request) ? "too much of it is not known"
            : null;
        DirectoryHandle? root = (whyNot is null && mayChange) || isCompared ? destination.Parent.OpenChildPath(destination.Name) : null;
        if (whyNot is not null && mayChange)
            context.Log.Detail($"The whole image is extracted: {whyNot}.");
        if (root is null)
            return null;
        return new TreeUpdate(old, known, root, request, privileges, context) { _wrong = wrong, MayChange = whyNot is null && mayChange };
    }

    /// <summary>
    /// Finds what has to be done if nobody has changed the tree that stands. Whether that is so is still being found out.
    /// </summary>
    /// <param name="tree">The merged tree.</param>
    /// <param name="staging">The contents that were read.</param>
    /// <param name="policy">What the disk has.</param>
    /// <param name="readsContents">Whether an output reads the contents of the tree.</param>
    public void Compare(RootfsTree tree, StagingTree staging, OwnershipPolicy policy, bool readsContents)
    {
        _numbers = new PathMap<int>(tree.Paths);
        _staging = staging;
        PathMap<int> known = new(tree.Paths);
        lock (_old.Tree.Paths.Lock)
        {
            foreach (int path in tree.InOrder())
                _numbers.At(path) = TableCopy.Find(tree.Paths, path, _old.Tree.Paths, known, limits: null);
        }
        Compare(tree, policy, readsContents);
    }

    /// <summary>Waits until it is known what somebody has changed, and finds what has to be done for that too.</summary>
    /// <param name="tree">The merged tree.</param>
    /// <param name="policy">What the disk has.</param>
    /// <param name="readsContents">Whether an output reads the contents of the tree.</param>
    /// <param name="fetch">Reads contents of known layers.</param>
    /// <exception cref="OciException">OCI7102: somebody has changed the tree, and the request forbids to go on.</exception>
    public void Settle(RootfsTree tree, OwnershipPolicy policy, bool readsContents, Action<IReadOnlyList<ContentRef>, IContentSink> fetch)
    {
        _checking.Finish();
        _check.Spoil(_wrong);
        if (_check.Count > 0 && !IsHopeless)
            Compare(tree, policy, readsContents);
        if (MayChange && !IsHopeless && _request.Verify == RootfsVerification.Content && _wrong.Count == 0 && FindWrong(tree, fetch))
            Compare(tree, policy, readsContents);
        if (_check.Count > 0 && _request.Drift == DriftPolicy.Fail)
            throw DiskErrors.Drifted(_request.RootfsDirectory!, _check.Count, _check.Named);
    }

    /// <summary>Says that what somebody has changed is made right; whichever way the new tree is made.</summary>
    public void WarnOfDrift(RootfsLog log)
    {
        if (_check.Count > 0)
            DiskErrors.WarnDrifted(log, _request.RootfsDirectory!, _check.Count, _check.Named);
    }

    /// <summary>The bytes of a small content of a known layer, if it stands as it was left.</summary>
    public byte[]? Read(ContentRef content)
    {
        for (int place = 0; content.Layer < Known.Count && place < _old.Tree.Count; place++)
        {
            ref StandingNode node = ref _old.Tree[place];
            if (node.Inode.Kind == EntryKind.File && node.Stamp.IsSet && node.Inode.Content.Layer < _old.Layers.Count && Known.AreSame(node.Inode.Content, content))
                return _comparer.Read(place);
        }
        return null;
    }

    /// <summary>The needed contents that are in no staging yet.</summary>
    public List<ContentRef> Missing(StagingTree staging)
    {
        List<ContentRef> missing = [];
        for (int i = 0; i < Difference.Needed.Count; i++)
        {
            if (staging.Find(Difference.Needed[i]) is null)
                missing.Add(Difference.Needed[i]);
        }
        return missing;
    }

    /// <summary>Whether known layers must be read again for so many contents that it is cheaper to make the tree anew.</summary>
    /// <param name="missing">The contents that a second pass would read.</param>
    /// <param name="image">The image.</param>
    /// <param name="isRead">Whether the first pass has read a layer.</param>
    public bool IsTooDear(IReadOnlyList<ContentRef> missing, SelectedImage image, Func<int, bool> isRead)
    {
        HashSet<int> layers = [];
        long bytes = Known.UnknownBytes;
        foreach (ContentRef content in missing)
        {
            if (content.Layer < image.Layers.Count && layers.Add(content.Layer) && (Known.Has(content.Layer) || isRead(content.Layer)))
                bytes += image.Layers[content.Layer].Size;
        }
        return layers.Count > 0 && IsTooMuch(bytes, Known, _request);
    }

    /// <summary>Says which layers are read, and why.</summary>
    /// <param name="missing">The contents that are read in a second pass.</param>
    /// <param name="image">The image.</param>
    /// <param name="isRead">Whether the first pass has read a layer.</param>
    public void TellLayers(IReadOnlyList<ContentRef> missing, SelectedImage image, Func<int, bool> isRead)
    {
        HashSet<int> again = [];
        foreach (ContentRef content in missing)
            again.Add(content.Layer);
        for (int layer = 0; layer < image.Layers.Count; layer++)
        {
            string? why = isRead(layer) ? "it was not known" : again.Contains(layer) ? "files of it are needed that do not stand" : null;
            if (why is null)
                continue;
            LayersRead++;
            _context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Layer {layer + 1} of {image.Layers.Count} ({image.Layers[layer].Digest}) was read: {why}."));
        }
    }

    /// <summary>The number of layers that are read.</summary>
    public int LayersRead { get; private set; }

    /// <summary>The contents of the new tree's files, before it is one: of files that stay, and of those that wait in staging.</summary>
    public ITreeContents Contents(RootfsTree tree, StagingTree staging, DirectoryHandle stagingRoot) =>
        new UpdatedContents(_old, tree, Difference, new TreeHandles(_old.Tree, _root.Hold(), _old.KeepsInodes), staging, stagingRoot);

    /// <param name="tree">The merged tree.</param>
    /// <param name="staging">The contents of new files.</param>
    /// <param name="metadata">Sets the metadata.</param>
    /// <param name="destination">The tree's place.</param>
    public TreeChange Change(RootfsTree tree, StagingTree staging, MetadataWriter metadata, Destination destination) =>
        new(_old.Tree, tree, Difference, _check.Foreign, staging, _handles, destination.Parent, destination.AwayName, metadata, _mayWriteAll, _context.Cancellation);

    /// <summary>
    /// The stamps of the old tree after a change was taken back. A node that somebody had changed keeps the stamp that it does not have, so
    /// that the next build finds that out again.
    /// </summary>
    /// <param name="isTouched">Whether the change has touched the node at a place.</param>
    public Stamps OldStamps(Func<int, bool> isTouched)
    {
        Stamps stamps = new(_old.Tree.Paths);
        _handles.ForgetAll();
        for (int place = 0; place < _old.Tree.Count; place++)
        {
            ref StandingNode node = ref _old.Tree[place];
            if (!node.Stamp.IsSet || node.Drift != Drift.None || place == 0 || !isTouched(place))
                stamps.Set(node.Path, node.Stamp);
            else
                Restamp(stamps, node);
        }
        return stamps;
    }

    private void Restamp(Stamps stamps, in StandingNode node)
    {
        try
        {
            Linux.StatXResult? found = _handles.Get(_old.Tree.Paths.Parent(node.Path)).Stat(_old.Tree.Paths.Name(node.Path));
            bool isOurs = found is { } stat && (!_old.KeepsInodes || stat.Inode == node.Stamp.Inode);
            stamps.Set(node.Path, isOurs ? Stamp.Of(found!.Value) : node.Stamp);
        }
        catch (OciException)
        {
            // A directory that lets nobody in was not changed in vain: whether it was, the next build finds out.
            stamps.Set(node.Path, node.Stamp);
        }
    }

    /// <summary>The number of names in the tree that nobody of ours has made.</summary>
    public int ForeignNames => _check.Foreign.Names.Count;

    public void Dispose()
    {
        _stopping.Cancel();
        _checking.Dispose();
        _stopping.Dispose();
        _comparer.Dispose();
        _handles.Dispose();
        _root.Dispose();
    }

    /// <summary>Compares the files that stay, byte for byte.</summary>
    private bool FindWrong(RootfsTree tree, Action<IReadOnlyList<ContentRef>, IContentSink> fetch)
    {
        Dictionary<ContentRef, int> places = _old.Tree.Files(place => ContentToCheck(tree, place));
        using ContentCheck check = new(_old.Tree, _handles, places);
        fetch([.. places.Keys], check);
        _check.Spoil(check.Wrong);
        return check.Wrong.Count > 0;
    }

    private void Compare(RootfsTree tree, OwnershipPolicy policy, bool readsContents)
    {
        // A file that we may not read can't be put into an archive. Made anew, it can.
        bool mustRead = readsContents && !_mayEnterAll;
        _difference = new TreeDifference(_old.Tree, tree, _numbers!, policy, IsSame, place => !mustRead || MayRead(place, policy));
    }

    /// <summary>Whether modes let this user read a file that stands.</summary>
    private bool MayRead(int place, OwnershipPolicy policy)
    {
        StandingTree tree = _old.Tree;
        bool mayRead = (policy.Mode(tree[place].Inode.Kind, tree[place].Inode.Mode) & OwnerRead) != 0;
        for (int path = tree[place].Path; mayRead && path != PathTable.Root;)
        {
            path = tree.Paths.Parent(path);
            mayRead = (policy.Mode(EntryKind.Directory, tree[tree.Find(path)].Inode.Mode) & OwnerSearch) != 0;
        }
        return mayRead;
    }

    /// <summary>The new tree's content of a file that stays, if it is one of a known layer.</summary>
    private ContentRef? ContentToCheck(RootfsTree tree, int place)
    {
        int path = Difference.PathOf(_old.Tree[place].Path);
        return path != PathTable.None && Difference.PlaceOf(path) == place && (tree[path]!.Content.Layer == Known.Count || Known.Has(tree[path]!.Content.Layer)) ? tree[path]!.Content : null;
    }

    private bool IsSame(int place, ContentRef content)
    {
        ContentRef old = _old.Tree[place].Inode.Content;
        if (content.Layer == Known.Count || old.Layer == _old.Layers.Count)
            return content.Layer == Known.Count && old.Layer == _old.Layers.Count && OwnDigest(content.Row) == _old.Own[old.Row];
        return Known.AreSame(old, content) || (!Known.Has(content.Layer) && _comparer.AreSame(place, content, _staging!));
    }

    private string OwnDigest(int row) => (_request.Own!.Nodes[row] as OwnFileNode)?.Digest ?? "";

    private static bool IsTooMuch(long bytes, KnownLayers known, RootfsRequest request) => (UInt128)bytes * 100 > (UInt128)known.AllBytes * (UInt128)request.MostReadPercent;
}
