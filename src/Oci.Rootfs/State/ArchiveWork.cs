using Oci.Rootfs.Outputs;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.State;

/// <summary>What a build has to do about the archives of its request.</summary>
/// <param name="Keys">Their keys.</param>
/// <param name="Stale">Those to write.</param>
/// <param name="Standing">The others, which stay as they are.</param>
internal sealed record ArchiveWork(ArchiveKeys Keys, IReadOnlyList<RequestedOutput> Stale, IReadOnlyList<WrittenFile> Standing)
{
    public bool Any => Stale.Count > 0;

    /// <summary>The keys that the archives would have of another image.</summary>
    public required Func<Digest, ArchiveKeys> KeysOf { get; init; }

    /// <summary>Compares the request with the state.</summary>
    /// <param name="content">The state.</param>
    /// <param name="request">The request.</param>
    /// <param name="manifest">The manifest of the image.</param>
    /// <param name="keysOf">The keys that the archives have, by the image's manifest.</param>
    public static ArchiveWork Find(StateContent content, RootfsRequest request, Digest manifest, Func<Digest, ArchiveKeys> keysOf)
    {
        ArchiveKeys keys = keysOf(manifest);
        List<RequestedOutput> stale = StandingOutputs.StaleArchives(content, request, keys);
        return new ArchiveWork(keys, stale, StandingOutputs.Archives(content, request, stale)) { KeysOf = keysOf };
    }

    /// <summary>
    /// Where another image has the same tree, an archive of the tree is the same too, and gets the new image's key. An image archive has the
    /// image's config as well.
    /// </summary>
    /// <param name="content">The state.</param>
    /// <param name="request">The request.</param>
    /// <param name="before">The manifest of the image of which the tree was made.</param>
    public ArchiveWork OfTheSameTree(StateContent content, RootfsRequest request, Digest before)
    {
        List<RequestedOutput> staleBefore = StandingOutputs.StaleArchives(content, request, KeysOf(before));
        List<RequestedOutput> stale = [];
        List<WrittenFile> standing = [.. Standing];
        foreach (RequestedOutput archive in Stale)
        {
            if (archive.Kind == OutputKind.RootfsArchive && !staleBefore.Contains(archive) && content.Find(archive.Path) is { } written)
                standing.Add(written with { Key = Keys.Rootfs });
            else
                stale.Add(archive);
        }
        return this with { Stale = stale, Standing = standing };
    }

    /// <summary>The records of the archives that stand, and of the files just written.</summary>
    public List<WrittenFile> With(IReadOnlyList<OutputFile> files)
    {
        List<WrittenFile> written = [.. Standing];
        foreach (OutputFile file in files)
            written.Add(StandingOutputs.Record(file, KeyOf(file)));
        return written;
    }

    private string KeyOf(OutputFile file)
    {
        foreach (RequestedOutput archive in Stale)
        {
            if (archive.Path == file.Path)
                return Keys.Of(archive.Kind);
        }
        return "";
    }
}
