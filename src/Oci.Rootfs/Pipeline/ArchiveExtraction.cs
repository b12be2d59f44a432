using Oci.Rootfs.Content;
using Oci.Rootfs.Context;
using Oci.Rootfs.Layers;
using Oci.Rootfs.Os;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Selection;
using Oci.Rootfs.State;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Pipeline;

/// <summary>
/// One extraction without a directory, with work to do: read → merge → write archives and documents → publish. It works on every system,
/// and needs nobody's privileges.
/// </summary>
/// <param name="request">The request. Its directory, if it has one, stands as it should.</param>
/// <param name="source">The image.</param>
/// <param name="state">The state of the request's outputs, held.</param>
/// <param name="shared">The layers of other images of this run; null for a single image.</param>
/// <param name="context">Limits, log and cancellation.</param>
internal sealed class ArchiveExtraction(RootfsRequest request, ImageSource source, StateStore state, SharedLayers? shared, EngineContext context)
{
    /// <param name="image">The image to extract.</param>
    /// <param name="key">The key of the documents. Null where they stand, and are not written.</param>
    /// <param name="archives">The key of the archives, and those to write.</param>
    public RootfsResult Run(SelectedImage image, string? key, ArchiveWork archives)
    {
        using ImageReading reading = new(request, source, image, known: null, shared, context);
        using ContentSpool spool = new(reading.Paths, SpoolDirectory(archives), context.Cancellation);
        bool readsContents = key is null ? archives.Any : PreparedOutputs.ReadContents(request, archives.Stale);
        RootfsTree tree = reading.Read(readsContents ? spool : new NoContents());
        RootfsResult result = image.ToResult(reading.Order, extracted: true);
        using PreparedOutputs outputs = new(request, archives.Stale, context);
        using (WorkerThread preparing = new("OCI outputs", () => WriteDocuments(outputs, tree, result, image, key)))
        {
            if (readsContents)
                FetchMissing(reading, tree, spool);
            outputs.BeginArchives(tree, result, image, () => spool);
            if (readsContents && key is not null)
                outputs.WriteDocuments(tree, result, image, spool);
            preparing.Finish();
        }
        outputs.FinishArchives();
        Publish(outputs.Files, reading.Order, key, archives);
        outputs.Published();
        return result;
    }

    private static void WriteDocuments(PreparedOutputs outputs, RootfsTree tree, RootfsResult result, SelectedImage image, string? key)
    {
        if (key is not null)
            outputs.WriteDocuments(tree, result, image);
    }

    /// <summary>The spool is on the file system of the archive: there is room, or there is none for the archive either.</summary>
    private string SpoolDirectory(ArchiveWork archives)
    {
        string directory = Path.GetDirectoryName(archives.Any ? archives.Stale[0].Path : request.MainPath)!;
        OutputFile.MakeDirectory(directory);
        return directory;
    }

    private static void FetchMissing(ImageReading reading, RootfsTree tree, ContentSpool spool)
    {
        List<ContentRef> missing = [];
        HashSet<ContentRef> seen = [];
        foreach (int path in tree.InOrder())
        {
            Inode inode = tree[path]!;
            if (inode.Kind == EntryKind.File && !spool.Has(inode.Content) && seen.Add(inode.Content))
                missing.Add(inode.Content);
        }
        if (missing.Count > 0)
            reading.Fetch(missing, new SpoolMissing(spool));
    }

    /// <summary>
    /// Renames the files. Before it does, the state stops naming them: a build that is killed between two renames is done again.
    /// </summary>
    private void Publish(IReadOnlyList<OutputFile> files, IReadOnlyList<int> layerOrder, string? key, ArchiveWork archives)
    {
        StateContent old = state.Content;
        List<WrittenFile> staying = key is null ? Documents(old) : [];
        state.Write(old with { Key = key is null ? old.Key : null, Outputs = [.. staying, .. archives.Standing] });
        foreach (OutputFile file in files)
            file.Publish();
        List<WrittenFile> written = [.. staying, .. archives.With(files)];
        state.Write(key is null
            ? old with { Outputs = written, Maker = TreeMaker.Of(request) }
            : new StateContent(key, [], 0, layerOrder, written) { Boot = BootId.Current, Maker = TreeMaker.Of(request) });
    }

    private static List<WrittenFile> Documents(StateContent content)
    {
        List<WrittenFile> documents = [];
        foreach (WrittenFile file in content.Outputs)
        {
            if (file.Key.Length == 0)
                documents.Add(file);
        }
        return documents;
    }
}
