using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MakeImage;

/// <summary>An OCI layout directory: blobs by digest, and an index with one manifest.</summary>
internal sealed class Layout
{
    private const string Types = "application/vnd.oci.image.";

    private static readonly JsonSerializerOptions Plain = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _directory;
    private readonly JsonArray _layers = [];
    private readonly JsonArray _diffIds = [];

    public Layout(string directory)
    {
        _directory = directory;
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(Path.Combine(directory, "blobs", "sha256"));
    }

    public void AddLayer(byte[] tar, bool compress)
    {
        _diffIds.Add(Digest(tar));
        _layers.Add(Blob(compress ? Types + "layer.v1.tar+gzip" : Types + "layer.v1.tar", compress ? Gzip(tar) : tar));
    }

    public void Write(string tag, string architecture, JsonObject runConfig)
    {
        JsonObject config = new()
        {
            ["created"] = "2024-01-01T00:00:00Z",
            ["architecture"] = architecture,
            ["os"] = "linux",
            ["config"] = runConfig,
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = _diffIds },
        };
        JsonObject manifest = new()
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = Types + "manifest.v1+json",
            ["config"] = Blob(Types + "config.v1+json", Json(config)),
            ["layers"] = _layers,
        };
        JsonObject descriptor = Blob(Types + "manifest.v1+json", Json(manifest));
        descriptor["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = "linux" };
        descriptor["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = tag };
        JsonObject index = new() { ["schemaVersion"] = 2, ["mediaType"] = Types + "index.v1+json", ["manifests"] = new JsonArray(descriptor) };
        File.WriteAllBytes(Path.Combine(_directory, "index.json"), Json(index));
        File.WriteAllText(Path.Combine(_directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    private JsonObject Blob(string mediaType, byte[] content)
    {
        string digest = Digest(content);
        File.WriteAllBytes(Path.Combine(_directory, "blobs", "sha256", digest["sha256:".Length..]), content);
        return new JsonObject { ["mediaType"] = mediaType, ["digest"] = digest, ["size"] = content.Length };
    }

    private static string Digest(byte[] content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    private static byte[] Json(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString(Plain));

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.SmallestSize))
            gzip.Write(content);
        return compressed.ToArray();
    }
}
