using System.Runtime.Versioning;
using Oci.Rootfs.Context;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Makes the staging tree equal to the merged one. It keeps the contents written ahead at the right place, fetches missing ones and removes
/// the rest. Then it makes links and nodes. Modes and times of directories come last, deepest first (rule 79).
/// </summary>
/// <remarks>It works in the order of the tree, or backwards, so that the way from one directory to the next is short.</remarks>
/// <param name="tree">The merged tree.</param>
/// <param name="staging">The contents written ahead.</param>
/// <param name="metadata">Sets owners, modes, attributes and times.</param>
/// <param name="filesLast">Files that were written with other metadata get theirs at the end, because a mode may forbid us to read them.</param>
/// <param name="stamps">Gets the stamp of each path but the root, whose last change is still to come; null where nobody wants them.</param>
/// <param name="progress">Is told after each path how far the work is.</param>
/// <param name="cancellation">Checked between any two paths.</param>
[SupportedOSPlatform("linux")]
internal sealed class Materializer(
    RootfsTree tree, StagingTree staging, MetadataWriter metadata, bool filesLast, Stamps? stamps, Progress progress, CancellationToken cancellation)
{
    private readonly PathTable _paths = tree.Paths;
    private readonly IReadOnlyList<int> _order = tree.InOrder();
    private readonly StagedNodes _nodes = new(staging, metadata);
    private readonly StagedLinks _links = new(staging);
    private readonly ShownPath _shown = new(tree.Paths);
    private int _done;

    /// <summary>The first path of an inode with several paths.</summary>
    private readonly Dictionary<Inode, int> _firstPath = new(ReferenceEqualityComparer.Instance);

    /// <summary>The number of contents that were written ahead, and that no path needs.</summary>
    public int Vain { get; private set; }

    /// <summary>Makes the directories, and puts every content in its place, where it stays.</summary>
    /// <param name="fetch">The second pass: it writes each content that was not written ahead at its path.</param>
    public void Place(Action<IReadOnlyList<MissingContent>> fetch)
    {
        List<MissingContent> missing = Assign();
        RemoveSurplus();
        MakeDirectories();
        if (missing.Count > 0)
            fetch(missing);
        PlaceContents();
    }

    /// <summary>Makes the links and the other nodes.</summary>
    public void MakeNodes()
    {
        foreach (int path in _order)
        {
            cancellation.ThrowIfCancellationRequested();
            Inode inode = tree[path]!;
            if (inode.Kind == EntryKind.Directory)
                continue;
            if (inode.Kind == EntryKind.File)
                FinishFile(path, inode, staging.Find(inode.Content)!);
            else if (metadata.Policy.Makes(inode))
                MakeNodeOrLink(path, inode);
            progress.Tree(++_done, _order.Count);
        }
    }

    /// <summary>Sets the metadata that may keep us out, deepest first.</summary>
    public void Finish()
    {
        if (filesLast)
            FinishFiles();
        for (int i = _order.Count - 1; i >= 0; i--)
        {
            cancellation.ThrowIfCancellationRequested();
            int path = _order[i];
            Inode inode = tree[path]!;
            if (inode.Kind == EntryKind.Directory)
            {
                FinishDirectory(path, NodeMetadata.Of(inode), _shown.MoveTo(path));
                progress.Tree(++_done, _order.Count);
            }
            if (stamps is not null && path != PathTable.Root)
                Stamp(stamps, path, inode);
        }
    }

    /// <summary>All of them before the first stamp: a file with several paths has one stamp, and each new mode changes it.</summary>
    private void FinishFiles()
    {
        foreach (int path in _order)
        {
            cancellation.ThrowIfCancellationRequested();
            if (tree[path] is { Kind: EntryKind.File } inode && staging.Find(inode.Content) is { } content && content.Path == path)
                SetMetadata(path, inode, content);
        }
    }

    /// <summary>Gives every wanted content its path. If the content already has one of its paths, it stays there.</summary>
    private List<MissingContent> Assign()
    {
        List<MissingContent> missing = [];
        foreach (int path in _order)
        {
            cancellation.ThrowIfCancellationRequested();
            Inode inode = tree[path]!;
            if (inode.Kind != EntryKind.File)
                continue;
            bool first = inode.Links == 1 || _firstPath.TryAdd(inode, path);
            if (staging.Find(inode.Content) is not { } content)
            {
                if (first)
                    missing.Add(new MissingContent(inode.Content, path, NodeMetadata.Of(inode)));
            }
            else if (first || content.Path == path)
            {
                content.Target = path;
                if (inode.Links > 1)
                    _firstPath[inode] = path;
            }
        }
        return missing;
    }

    private void RemoveSurplus()
    {
        Dictionary<int, StagedContent> misplaced = [];
        foreach (StagedContent content in staging.Contents)
        {
            cancellation.ThrowIfCancellationRequested();
            if (content.Path != PathTable.None && content.Path != content.Target)
                misplaced.Add(content.Path, content);
            else if (content.Target == PathTable.None)
                Delete(content);
        }
        if (misplaced.Count > 0 || HasSurplusDirectories())
            RemoveSurplus(misplaced, _paths.InOrder());
    }

    private void RemoveSurplus(Dictionary<int, StagedContent> misplaced, int[] order)
    {
        foreach (int path in order)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!misplaced.TryGetValue(path, out StagedContent? content))
                continue;
            if (content.Target == PathTable.None)
                Delete(content);
            else
                staging.MoveAside(content);
        }
        for (int i = order.Length - 1; i > 0; i--)
        {
            cancellation.ThrowIfCancellationRequested();
            if (IsSurplusDirectory(order[i]))
                staging.RemoveDirectory(order[i]);
        }
    }

    private void Delete(StagedContent content)
    {
        Vain++;
        staging.Delete(content);
    }

    private bool HasSurplusDirectories()
    {
        for (int path = 0; path < _paths.Count; path++)
        {
            if (IsSurplusDirectory(path))
                return true;
        }
        return false;
    }

    private bool IsSurplusDirectory(int path) => staging.HasDirectory(path) && tree[path] is not { Kind: EntryKind.Directory };

    private void MakeDirectories()
    {
        foreach (int path in _order)
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Tree(_done, _order.Count);
            if (tree[path]!.Kind == EntryKind.Directory && !staging.HasDirectory(path))
                staging.MakeDirectory(path);
        }
    }

    /// <summary>Moves each content that waits aside to its path. A file with several paths goes to the first one that it gets.</summary>
    private void PlaceContents()
    {
        foreach (int path in _order)
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Tree(_done, _order.Count);
            Inode inode = tree[path]!;
            if (inode.Kind != EntryKind.File || inode.Links > 1 && _firstPath[inode] != path)
                continue;
            StagedContent content = staging.Find(inode.Content)!;
            if (content.Path != path)
                staging.MoveTo(content, path);
            if (inode.Links > 1)
                _links.Prepare(path);
        }
    }

    private void MakeNodeOrLink(int path, Inode inode)
    {
        if (inode.Links > 1 && !_firstPath.TryAdd(inode, path))
        {
            _links.Make(_firstPath[inode], path);
            return;
        }
        _nodes.Make(path, inode);
        if (inode.Links > 1)
            _links.Prepare(path);
    }

    /// <summary>The directories above still let the engine in: it goes from the deepest up.</summary>
    private void Stamp(Stamps stamps, int path, Inode inode)
    {
        if (inode.Kind == EntryKind.File && inode.Links == 1 && staging.Find(inode.Content)!.Stamp is { IsSet: true } known)
            stamps.Set(path, known);
        else if (metadata.Policy.Makes(inode))
            stamps.Take(path, staging.Directory(_paths.Parent(path)), _paths.Name(path));
    }

    private void FinishFile(int path, Inode inode, StagedContent content)
    {
        if (content.Path != path)
            _links.Make(content.Path, path);
        else if (!filesLast)
            SetMetadata(path, inode, content);
    }

    private void SetMetadata(int path, Inode inode, StagedContent content)
    {
        NodeMetadata wanted = NodeMetadata.Of(inode);
        if (wanted.SameAs(content.Written))
            return;
        content.Stamp = default;
        metadata.ApplyAt(staging.Directory(_paths.Parent(path)), _paths.Name(path), wanted, isNew: false, _shown.MoveTo(path));
    }

    private void FinishDirectory(int path, in NodeMetadata meta, ReadOnlySpan<byte> shownPath)
    {
        if (path != PathTable.Root
            && metadata.TryApplyTimesAlone(staging.Directory(_paths.Parent(path)), _paths.Name(path), meta, StagingTree.DirectoryMode, shownPath))
            return;
        metadata.Apply(staging.Directory(path).Fd, meta, path == PathTable.Root ? StagingTree.RootMode : StagingTree.DirectoryMode, shownPath);
    }
}
