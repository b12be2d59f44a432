using System.Text.Json.Nodes;

namespace Oci.Build.Tasks.Tests.Harness;

/// <summary>The sample's image, copied into a test's project, whole or broken on purpose.</summary>
internal sealed class SampleImage
{
    public const string Platform = "linux/amd64";

    private static readonly string Original = Path.Combine(AppContext.BaseDirectory, "image", "appliance");

    public SampleImage(TestProject project, string name = "image")
    {
        Directory = project.PathOf(name);
        foreach (string file in System.IO.Directory.EnumerateFiles(Original, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(Directory, Path.GetRelativePath(Original, file));
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public string Directory { get; }

    public string Index => Path.Combine(Directory, "index.json");

    public JsonObject ManifestDescriptor => (JsonObject)Json(Index)["manifests"]![0]!;

    public string ManifestDigest => (string)ManifestDescriptor["digest"]!;

    public JsonObject ManifestDocument => Json(Blob(ManifestDigest));

    public string ConfigDigest => (string)ManifestDocument["config"]!["digest"]!;

    /// <summary>Bottom layer first.</summary>
    public IReadOnlyList<string> LayerDigests => [.. ManifestDocument["layers"]!.AsArray().Select(static layer => (string)layer!["digest"]!)];

    public string Blob(string digest) => Path.Combine(Directory, "blobs", "sha256", digest["sha256:".Length..]);

    public void ChangeIndex(Action<JsonObject> change)
    {
        JsonObject index = Json(Index);
        change(index);
        File.WriteAllText(Index, index.ToJsonString());
    }

    private static JsonObject Json(string file) => (JsonObject)JsonNode.Parse(File.ReadAllText(file))!;
}
