using System.Text.Json.Nodes;

namespace Oci.Images;

/// <summary>The forms of docker-archives that <c>docker save</c> writes.</summary>
public enum DockerForm
{
    /// <summary>Before version 25: <c>&lt;id&gt;/layer.tar</c>, the config as <c>&lt;digest&gt;.json</c>.</summary>
    Legacy,

    /// <summary>From version 25: an OCI layout with manifest.json beside it.</summary>
    Modern,

    /// <summary>An OCI layout with manifest.json beside it. Its index lists nothing.</summary>
    ModernEmptyIndex,
}

/// <summary>Docker-archives.</summary>
public static class ImageDockerArchive
{
    /// <summary>The entries. The tags are the images' names in full.</summary>
    public static IEnumerable<TarPart> Entries(DockerForm form, params IEnumerable<Image> images)
    {
        List<Image> all = [.. images];
        JsonArray manifest = [];
        OrderedDictionary<string, byte[]> files = [];
        if (form != DockerForm.Legacy)
        {
            ImageLayout layout = ImageLayout.Of(all);
            if (form == DockerForm.ModernEmptyIndex)
                layout.With("index.json", """{"schemaVersion":2,"manifests":null}""");
            foreach ((string name, byte[] content) in layout.Files)
                files[name] = content;
        }
        foreach (Image image in all)
            manifest.Add(AddTo(files, image, form));
        files["manifest.json"] = ImageLayout.Json(manifest);
        return files.Select(static f => Tars.File(f.Key, f.Value));
    }

    private static JsonObject AddTo(OrderedDictionary<string, byte[]> files, Image image, DockerForm form)
    {
        bool legacy = form == DockerForm.Legacy;
        string configName = legacy ? image.ConfigDigest.Split(':')[1] + ".json" : ImageLayout.Path(image.ConfigDigest);
        files[configName] = image.Config();
        JsonArray layers = [];
        foreach (ImageLayer layer in image.Layers)
        {
            string digest = new ImageLayout().Add(layer.Blob);
            string name = legacy ? digest.Split(':')[1] + "/layer.tar" : ImageLayout.Path(digest);
            files[name] = layer.Blob;
            layers.Add(name);
        }
        return new JsonObject { ["Config"] = configName, ["RepoTags"] = image.FullName is null ? null : new JsonArray(image.FullName), ["Layers"] = layers };
    }
}
