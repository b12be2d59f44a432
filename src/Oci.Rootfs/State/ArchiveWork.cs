using Oci.Rootfs.Outputs;

namespace Oci.Rootfs.State;

/// <summary>What a build has to do about the archives of its request.</summary>
/// <param name="Keys">Their keys.</param>
/// <param name="Stale">Those to write.</param>
/// <param name="Standing">The others, which stay as they are.</param>
internal sealed record ArchiveWork(ArchiveKeys Keys, IReadOnlyList<RequestedOutput> Stale, IReadOnlyList<WrittenFile> Standing)
{
    public bool Any => Stale.Count > 0;

    /// <summary>Compares the request with the state.</summary>
    public static ArchiveWork Find(StateContent content, RootfsRequest request, ArchiveKeys keys)
    {
        List<RequestedOutput> stale = StandingOutputs.StaleArchives(content, request, keys);
        return new ArchiveWork(keys, stale, StandingOutputs.Archives(content, request, stale));
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
