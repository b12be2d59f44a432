using System.IO.Compression;
using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using ZstdSharp;

namespace Oci.Rootfs.Tests.Outputs.Archive;

/// <summary>An image, and archives of its tree.</summary>
internal static class ArchiveScenario
{
    public static string Archive(this Scenario s, string suffix = ".tar") => Path.Combine(s.Out, "image" + suffix);

    /// <summary>The request for archives without a directory, and without other files.</summary>
    public static RootfsRequest OnlyArchives(this RootfsRequest request, params string[] paths) =>
        request with { RootfsDirectory = null, Outputs = [.. paths.Select(static p => new RequestedOutput(OutputKind.RootfsArchive, p))] };

    public static RootfsRequest AndArchives(this RootfsRequest request, params string[] paths) =>
        request with { Outputs = [.. request.Outputs, .. paths.Select(static p => new RequestedOutput(OutputKind.RootfsArchive, p))] };

    /// <summary>The tar of an image's tree, made without a directory.</summary>
    public static byte[] Tar(this Scenario s, Func<RootfsRequest, RootfsRequest>? change = null)
    {
        s.Extract(r => change is null ? r.OnlyArchives(s.Archive()) : change(r.OnlyArchives(s.Archive())));
        return File.ReadAllBytes(s.Archive());
    }

    public static List<ArchiveEntry> Entries(this Scenario s, params TarPart[] layer) => ArchiveEntry.Parse(s.With(Tars.Of(layer)).Tar());

    public static ArchiveEntry Entry(this Scenario s, params TarPart[] layer) => s.Entries(layer)[^1];

    public static byte[] Gunzip(string path)
    {
        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        return Bytes(stream);
    }

    public static byte[] Unzstd(string path)
    {
        using DecompressionStream stream = new(File.OpenRead(path));
        return Bytes(stream);
    }

    private static byte[] Bytes(Stream stream)
    {
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
