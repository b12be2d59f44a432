using System.IO.Compression;
using System.Security.Cryptography;
using ICSharpCode.SharpZipLib.BZip2;

namespace Oci.Rootfs.Tests;

/// <summary>The archives that other projects test with, outside the repository: <c>OCI_PEER_DATA</c>, or <c>shared/peer-data</c> above it.</summary>
internal static class PeerTars
{
    public static string? Root
    {
        get
        {
            if (Environment.GetEnvironmentVariable("OCI_PEER_DATA") is { Length: > 0 } named)
                return Path.Combine(named, "tars");
            for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            {
                string candidate = Path.Combine(at.FullName, "shared", "peer-data", "tars");
                if (Directory.Exists(candidate))
                    return candidate;
            }
            return null;
        }
    }

    /// <summary>All archives, decompressed, each content once, by the first of its names.</summary>
    public static IEnumerable<(string Name, byte[] Archive)> All(string root)
    {
        HashSet<string> seen = [];
        foreach (string path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            byte[] archive = Decompressed(path);
            if (seen.Add(Convert.ToHexString(SHA256.HashData(archive))))
                yield return (Path.GetRelativePath(root, path), archive);
        }
    }

    private static byte[] Decompressed(string path)
    {
        using FileStream file = File.OpenRead(path);
        using Stream plain = Path.GetExtension(path) switch
        {
            ".gz" => new GZipStream(file, CompressionMode.Decompress),
            ".bz2" => new BZip2InputStream(file),
            _ => file,
        };
        using MemoryStream archive = new();
        plain.CopyTo(archive);
        return archive.ToArray();
    }
}
