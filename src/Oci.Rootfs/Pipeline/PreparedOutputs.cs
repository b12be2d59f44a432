using Oci.Rootfs.Context;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Outputs.Archive;
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
    private ArchiveOutputs? _archives;
    private ITreeContents? _contents;

    public IReadOnlyList<OutputFile> Files => _files;

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
    public void WriteDocuments(RootfsTree tree, RootfsResult result, SelectedImage image) =>
        Write(new OutputContent(tree, result, image.Platform, image.ConfigBytes, request, context), readingContents: false);

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

    /// <summary>Begins to write the archives, on threads of their own.</summary>
    /// <param name="tree">The merged tree.</param>
    /// <param name="contents">Opens the contents of its files; called only if there are archives to write.</param>
    public void BeginArchives(RootfsTree tree, Func<ITreeContents> contents)
    {
        if (archives.Count == 0)
            return;
        _contents = contents();
        _archives = new ArchiveOutputs(request, archives, tree, _contents, context);
    }

    /// <summary>Waits until nobody reads the tree's files any more.</summary>
    public void FinishReading() => _archives?.FinishReading();

    /// <summary>Waits for the archives.</summary>
    public void FinishArchives()
    {
        if (_archives is not null)
            _files.AddRange(_archives.Finish());
    }

    /// <summary>Every file goes that nobody has published.</summary>
    public void Dispose()
    {
        _archives?.Dispose();
        _archives = null;
        _contents?.Dispose();
        foreach (OutputFile file in _files)
            file.Discard();
        _files.Clear();
    }

    /// <summary>The files have their names now.</summary>
    public void Published() => _files.Clear();
}
