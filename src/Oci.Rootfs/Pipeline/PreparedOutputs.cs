using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Archive;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Outputs.Documents;
using Oci.Rootfs.Selection;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>The files of an extraction that are complete under temporary names and not yet published.</summary>
/// <param name="request">The request.</param>
/// <param name="archives">The archives to write: others of the request stand.</param>
/// <param name="context">Limits, log and cancellation.</param>
internal sealed class PreparedOutputs(RootfsRequest request, IReadOnlyList<RequestedOutput> archives, EngineContext context) : IDisposable
{
    private readonly List<OutputFile> _files = [];
    private readonly List<ArchiveOutputs> _archives = [];
    private readonly List<ITreeContents> _contents = [];

    public IReadOnlyList<OutputFile> Files => _files;

    /// <summary>The archives to write.</summary>
    public IReadOnlyList<RequestedOutput> Archives { get; set; } = archives;

    /// <summary>Whether something reads the contents of the tree's files.</summary>
    public static bool ReadContents(RootfsRequest request, IReadOnlyList<RequestedOutput> archives)
    {
        if (archives.Count > 0)
            return true;
        foreach (RequestedOutput output in request.Outputs)
        {
            if (output.Kind.ReadsContents)
                return true;
        }
        return false;
    }

    /// <summary>Writes the files that need no contents. It may run beside other readers of the tree, and beside other files of this object.</summary>
    /// <param name="tree">The merged tree.</param>
    /// <param name="result">The extracted image.</param>
    /// <param name="image">The image.</param>
    /// <param name="before">The tree that stood before; null where none is known.</param>
    public void WriteDocuments(RootfsTree tree, RootfsResult result, SelectedImage image, TreeBefore? before = null) => Write(
        new OutputContent(tree, result, image.Platform, image.ConfigBytes, request, context) { Before = before, LayerDigests = [.. image.Layers.Select(static layer => layer.Digest.ToString())] },
        readingContents: false);

    /// <summary>Writes the files that need contents, once these are in their places.</summary>
    public void WriteDocuments(RootfsTree tree, RootfsResult result, SelectedImage image, ITreeContents contents) =>
        Write(new OutputContent(tree, result, image.Platform, image.ConfigBytes, request, context) { Contents = contents }, readingContents: true);

    private void Write(OutputContent content, bool readingContents)
    {
        foreach (RequestedOutput output in request.Outputs)
        {
            if (output.Kind.IsArchive || output.Kind.ReadsContents != readingContents)
                continue;
            OutputFile file = OutputFile.Prepare(output.Path, stream => OutputWriters.Write(output.Kind, content, stream));
            lock (_files)
                _files.Add(file);
        }
    }

    /// <summary>
    /// Begins to write the archives, on threads of their own. An image archive has another tar in it than archives of the tree, so it reads the
    /// contents for itself.
    /// </summary>
    /// <param name="tree">The merged tree.</param>
    /// <param name="result">The extracted image.</param>
    /// <param name="image">The image.</param>
    /// <param name="contents">Opens the contents of its files; called only if there are archives to write.</param>
    public void BeginArchives(RootfsTree tree, RootfsResult result, SelectedImage image, Func<ITreeContents> contents)
    {
        OutputContent content = new(tree, result, image.Platform, image.ConfigBytes, request, context);
        Begin(OutputKind.RootfsArchive, content, contents);
        Begin(OutputKind.ImageArchive, content, contents);
    }

    private void Begin(OutputKind kind, OutputContent content, Func<ITreeContents> contents)
    {
        List<RequestedOutput> ofKind = [];
        foreach (RequestedOutput archive in Archives)
        {
            if (archive.Kind == kind)
                ofKind.Add(archive);
        }
        if (ofKind.Count == 0)
            return;
        ITreeContents own = contents();
        _contents.Add(own);
        _archives.Add(new ArchiveOutputs(content with { Contents = own }, ofKind, checksConsumers: _archives.Count == 0));
    }

    /// <summary>Waits until nobody reads the tree's files any more.</summary>
    public void FinishReading()
    {
        foreach (ArchiveOutputs outputs in _archives)
            outputs.FinishReading();
    }

    /// <summary>Waits for the archives.</summary>
    public void FinishArchives()
    {
        foreach (ArchiveOutputs outputs in _archives)
            _files.AddRange(outputs.Finish());
    }

    /// <summary>Every file goes that nobody has published.</summary>
    public void Dispose()
    {
        foreach (ArchiveOutputs outputs in _archives)
            outputs.Dispose();
        _archives.Clear();
        foreach (ITreeContents contents in _contents)
            contents.Dispose();
        foreach (OutputFile file in _files)
            file.Discard();
        _files.Clear();
    }

    /// <summary>The files have their names now.</summary>
    public void Published() => _files.Clear();
}
