using System.Security.Cryptography;
using Oci.Rootfs.Outputs;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.State;

/// <summary>Tells which of the files that the state names stand as a build left them.</summary>
internal static class StandingOutputs
{
    /// <summary>Whether all files that describe the tree are there, with their lengths.</summary>
    public static bool HasDocuments(StateContent content, RootfsRequest request)
    {
        foreach (RequestedOutput output in request.Outputs)
        {
            if (!output.Kind.IsArchive && !IsThere(content.Find(output.Path)))
                return false;
        }
        return true;
    }

    /// <summary>The same for documents without a directory, whose state outlives the machine's start.</summary>
    public static bool HasSameDocuments(StateContent content, RootfsRequest request)
    {
        foreach (RequestedOutput output in request.Outputs)
        {
            if (!output.Kind.IsArchive && !(content.Find(output.Path) is { } written && Stands(written, content.Boot == BootId.Current)))
                return false;
        }
        return true;
    }

    /// <summary>
    /// The archives that must be written. One that has the key stands if it is the file that was written then. If its time differs, or the
    /// machine was started since, it is read, and its digest decides: a copy, or a file restored from a cache, is as good.
    /// </summary>
    public static List<RequestedOutput> StaleArchives(StateContent content, RootfsRequest request, ArchiveKeys keys)
    {
        List<RequestedOutput> stale = [];
        foreach (RequestedOutput output in request.Outputs)
        {
            if (output.Kind.IsArchive && !(content.Find(output.Path) is { } written && written.Key == keys.Of(output.Kind) && Stands(written, content.Boot == BootId.Current)))
                stale.Add(output);
        }
        return stale;
    }

    /// <summary>The records of the request's archives, but for those that are to be written.</summary>
    public static List<WrittenFile> Archives(StateContent content, RootfsRequest request, IReadOnlyList<RequestedOutput> except)
    {
        List<WrittenFile> archives = [];
        foreach (RequestedOutput output in request.Outputs)
        {
            if (output.Kind.IsArchive && !except.Contains(output) && content.Find(output.Path) is { } written)
                archives.Add(written with { Modified = ModifiedOf(written.Path) });
        }
        return archives;
    }

    public static WrittenFile Record(OutputFile file, string archiveKey) =>
        new(file.Path, file.Length) { Key = archiveKey, Digest = file.Digest, Modified = ModifiedOf(file.Path) };

    /// <summary>The state as it is after every file in it was found to stand: the next build need not read them.</summary>
    /// <returns>Null where nothing is new.</returns>
    public static StateContent? Refreshed(StateContent content)
    {
        bool isNew = content.Boot != BootId.Current;
        List<WrittenFile> outputs = [];
        foreach (WrittenFile output in content.Outputs)
        {
            long modified = ModifiedOf(output.Path);
            isNew |= modified != output.Modified;
            outputs.Add(output with { Modified = modified });
        }
        return isNew ? content with { Boot = BootId.Current, Outputs = outputs } : null;
    }

    private static bool IsThere(WrittenFile? written) => written is not null && new FileInfo(written.Path) is { Exists: true } file && file.Length == written.Length;

    private static bool Stands(WrittenFile written, bool isOfThisBoot) =>
        IsThere(written) && ((isOfThisBoot && ModifiedOf(written.Path) == written.Modified) || DigestOf(written.Path) == written.Digest);

    private static long ModifiedOf(string path) => new FileInfo(path).LastWriteTimeUtc.Ticks;

    private static string? DigestOf(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return Sha256Text.OfHash(SHA256.HashData(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
