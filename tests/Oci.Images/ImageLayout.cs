using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Oci.Images;

/// <summary>The files of an OCI layout before anything is written. A test can replace, remove or add any of them.</summary>
public sealed class ImageLayout
{
    /// <summary>Content by path, <c>blobs/sha256/…</c>, <c>index.json</c> and <c>oci-layout</c>, in the order of writing.</summary>
    public OrderedDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal) { ["oci-layout"] = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray() };

    /// <summary>A layout with these parts in its index.</summary>
    public static ImageLayout Of(params IEnumerable<ImagePart> parts)
    {
        ImageLayout layout = new();
        layout.Files["index.json"] = Json(ImageIndex.Document(parts.Select(p => p.AddTo(layout))));
        return layout;
    }

    /// <summary>Adds a blob; returns its digest.</summary>
    public string Add(byte[] blob, string algorithm = "sha256")
    {
        string hex = Convert.ToHexStringLower(algorithm == "sha512" ? SHA512.HashData(blob) : SHA256.HashData(blob));
        Files[$"blobs/{algorithm}/{hex}"] = blob;
        return $"{algorithm}:{hex}";
    }

    /// <summary>Replaces the content of the blob with this digest. The digest is then wrong.</summary>
    public ImageLayout Forge(string digest, byte[] content)
    {
        Files[Path(digest)] = content;
        return this;
    }

    public ImageLayout Remove(string digest)
    {
        Files.Remove(Path(digest));
        return this;
    }

    public ImageLayout With(string file, string text)
    {
        Files[file] = Encoding.UTF8.GetBytes(text);
        return this;
    }

    public string SaveDirectory(string directory)
    {
        foreach ((string name, byte[] content) in Files)
        {
            string path = System.IO.Path.Combine(directory, name);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
        return directory;
    }

    public string SaveArchive(string path, string prefix = "")
    {
        File.WriteAllBytes(path, ToArchive(prefix));
        return path;
    }

    /// <summary>The layout as a tar. Every name begins with <paramref name="prefix"/>, <c>./</c> for example.</summary>
    public byte[] ToArchive(string prefix = "") => Tars.Of(Entries(prefix));

    /// <summary>The entries of the archive. A test can reorder, replace or add some.</summary>
    public IEnumerable<TarItem> Entries(string prefix = "") => Files.Select(f => Tars.File(prefix + f.Key, f.Value));

    public static byte[] Json(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    public static string Path(string digest) => "blobs/" + digest.Replace(':', '/');
}
