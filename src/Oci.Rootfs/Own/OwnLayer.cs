using System.Globalization;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Own;

/// <summary>
/// The user's own files as one more layer. Its nodes are in the tree before any of its contents is read; the pass that fetches contents which
/// no sink has yet fetches these as well.
/// </summary>
/// <param name="own">The prepared files.</param>
/// <param name="number">The number of this layer: one more than the image's last.</param>
/// <param name="epoch">The time of what is added, where the user gives none.</param>
/// <param name="context">Log and cancellation.</param>
internal sealed class OwnLayer(OwnFiles own, int number, long epoch, EngineContext context)
{
    private List<OwnedNode> _owned = [];
    private KeptFiles? _kept;

    /// <summary>The sink for the image's contents, from which this layer learns what it needs to know.</summary>
    public IContentSink Watch(IContentSink sink, PathTable paths) => HasOwners() ? _kept = new KeptFiles(sink, paths) : sink;

    /// <summary>Takes out and adds nodes, after the image's last layer.</summary>
    public void Apply(MergeTree tree, PathResolver resolver, TreeLimits limits)
    {
        new TreeRemoval(tree, context).Apply(own.Remove, own.Keep);
        OwnPass pass = new(tree, resolver, limits, number, epoch, context);
        pass.Apply(own);
        _owned = pass.Owned;
    }

    /// <summary>Sets the owners in the finished tree.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="standing">Reads a content that stands in a tree; null for one that does not.</param>
    /// <param name="fetch">Reads contents from any layer.</param>
    public void SetOwners(RootfsTree tree, Func<ContentRef, byte[]?>? standing, Action<IReadOnlyList<ContentRef>, IContentSink> fetch)
    {
        if (_owned.Count > 0)
            new OwnerNames(tree, file => _kept?.Find(file.Content) ?? standing?.Invoke(file.Content) ?? Read(file, fetch), context).Set(_owned);
    }

    public bool Has(ContentRef content) => content.Layer == number;

    /// <summary>Reads contents of this layer.</summary>
    public void Fetch(IReadOnlyList<ContentRef> contents, IContentSink sink)
    {
        context.Log.Detail(string.Create(CultureInfo.InvariantCulture, $"Reading {contents.Count} files of the project."));
        try
        {
            FetchEach(contents, sink);
        }
        catch (OciException)
        {
            // If it was the cache that was wrong, the next build must not believe it again.
            OwnDigests.Forget(own.DigestCache);
            throw;
        }
    }

    private void FetchEach(IReadOnlyList<ContentRef> contents, IContentSink sink)
    {
        foreach (ContentRef content in contents)
        {
            OwnFileNode node = (OwnFileNode)own.Nodes[content.Row];
            using OwnContent file = new(node);
            sink.Offer(file, content, new LayerRow { Path = PathTable.None, Kind = EntryKind.File, Size = node.Size, LinkPath = PathTable.None });
        }
    }

    private static byte[] Read(Inode file, Action<IReadOnlyList<ContentRef>, IContentSink> fetch)
    {
        MemoryContent.Sink sink = new();
        fetch([file.Content], sink);
        return sink.Bytes;
    }

    private bool HasOwners()
    {
        foreach (OwnNode node in own.Nodes)
        {
            if (node.Owner is not null || node.Group is not null || node.DirectoryOwner is not null || node.DirectoryGroup is not null)
                return true;
        }
        return false;
    }
}
