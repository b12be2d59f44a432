using System.Text;
using System.Text.Json.Nodes;

namespace Oci.Images;

/// <summary>
/// The words for building images in tests:
/// <code>Image.Of(ImageLayer.Gzip(Tars.Of(…)), Tars.Of(…)).For("linux/arm64").SaveArchive(path)</code>
/// <c>with</c> adds whatever should be wrong with the image. Equal words give equal bytes.
/// </summary>
public sealed record Image : ImagePart
{
    public IReadOnlyList<ImageLayer> Layers { get; init; } = [];

    /// <summary><c>os/architecture[/variant]</c> in the config; null for none.</summary>
    public string? Platform { get; init; } = "linux/amd64";

    /// <summary>Whether the index says the platform too.</summary>
    public bool PlatformInIndex { get; init; }

    public string MediaType { get; init; } = "application/vnd.oci.image.manifest.v1+json";

    public string ConfigMediaType { get; init; } = "application/vnd.oci.image.config.v1+json";

    /// <summary>Last changes to the documents.</summary>
    public Action<JsonObject>? EditConfig { get; init; }

    public Action<JsonObject>? EditManifest { get; init; }

    /// <summary>The whole text of a document instead of the right one.</summary>
    public string? ConfigText { get; init; }

    public string? ManifestText { get; init; }

    public static Image Of(params IEnumerable<ImageLayer> layers) => new() { Layers = [.. layers] };

    public Image For(string? platform, bool inIndex = true) => this with { Platform = platform, PlatformInIndex = inIndex && platform is not null };

    public Image Tagged(string tag) => this with { Tag = tag };

    /// <summary>The <c>config</c> object of the config.</summary>
    public Image WithConfig(JsonObject config) => this with { EditConfig = c => c["config"] = config.DeepClone() };

    public ImageLayout ToLayout() => ImageLayout.Of(this);

    public string SaveArchive(string path) => ToLayout().SaveArchive(path);

    public string SaveDirectory(string directory) => ToLayout().SaveDirectory(directory);

    /// <summary>The digest of the manifest.</summary>
    public string Digest => (string)AddTo(new ImageLayout())["digest"]!;

    /// <summary>The digest of the config.</summary>
    public string ConfigDigest => new ImageLayout().Add(Config());

    internal byte[] Config()
    {
        JsonObject config = PlatformObject();
        config["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. Layers.Select(static l => JsonValue.Create(l.DiffId))]) };
        EditConfig?.Invoke(config);
        return ConfigText is null ? ImageLayout.Json(config) : Encoding.UTF8.GetBytes(ConfigText);
    }

    private protected override JsonObject Describe(ImageLayout layout)
    {
        byte[] config = Config();
        JsonObject manifest = new()
        {
            ["schemaVersion"] = 2,
            ["config"] = Descriptor(ConfigMediaType, layout.Add(config), config.Length),
            ["layers"] = new JsonArray([.. Layers.Select(l => AddLayer(layout, l))]),
        };
        EditManifest?.Invoke(manifest);
        byte[] bytes = ManifestText is null ? ImageLayout.Json(manifest) : Encoding.UTF8.GetBytes(ManifestText);
        JsonObject descriptor = Descriptor(MediaType, layout.Add(bytes), bytes.Length);
        if (PlatformInIndex)
            descriptor["platform"] = PlatformObject();
        return descriptor;
    }

    private static JsonObject AddLayer(ImageLayout layout, ImageLayer layer)
    {
        string digest = layer.Absent ? new ImageLayout().Add(layer.Blob) : layout.Add(layer.Blob);
        return Descriptor(layer.MediaType, layer.Digest ?? digest, layer.Size ?? layer.Blob.Length);
    }

    private JsonObject PlatformObject()
    {
        JsonObject platform = [];
        string[] parts = Platform?.Split('/') ?? [];
        foreach ((string part, string name) in parts.Zip(["os", "architecture", "variant"]))
            platform[name] = part;
        return platform;
    }
}
