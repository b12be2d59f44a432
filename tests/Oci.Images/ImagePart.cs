using System.Text.Json.Nodes;

namespace Oci.Images;

/// <summary>A part of an index: an image, an index, or any other descriptor.</summary>
public abstract record ImagePart
{
    /// <summary><c>org.opencontainers.image.ref.name</c> of the descriptor.</summary>
    public string? Tag { get; init; }

    /// <summary><c>io.containerd.image.name</c> of the descriptor.</summary>
    public string? FullName { get; init; }

    /// <summary>The last change to the descriptor.</summary>
    public Action<JsonObject>? EditDescriptor { get; init; }

    /// <summary>Adds the blobs to the layout; returns the descriptor.</summary>
    internal JsonObject AddTo(ImageLayout layout)
    {
        JsonObject descriptor = Describe(layout);
        if (Tag is not null)
            Annotations(descriptor)["org.opencontainers.image.ref.name"] = Tag;
        if (FullName is not null)
            Annotations(descriptor)["io.containerd.image.name"] = FullName;
        EditDescriptor?.Invoke(descriptor);
        return descriptor;
    }

    private protected abstract JsonObject Describe(ImageLayout layout);

    private protected static JsonObject Descriptor(string mediaType, string digest, long size) => new() { ["mediaType"] = mediaType, ["digest"] = digest, ["size"] = size };

    private static JsonObject Annotations(JsonObject descriptor)
    {
        if (descriptor["annotations"] is not JsonObject annotations)
            descriptor["annotations"] = annotations = [];
        return annotations;
    }
}

/// <summary>A descriptor of anything. It adds no blob.</summary>
public sealed record ImageDescriptor(string MediaType, string Digest, long Size = 2) : ImagePart
{
    private protected override JsonObject Describe(ImageLayout layout) => Descriptor(MediaType, Digest, Size);
}

/// <summary>An index as a blob.</summary>
public sealed record ImageIndex(params IEnumerable<ImagePart> Parts) : ImagePart
{
    public string MediaType { get; init; } = "application/vnd.oci.image.index.v1+json";

    /// <summary>The document's text in place of the right one.</summary>
    public string? Text { get; init; }

    internal static JsonObject Document(IEnumerable<JsonObject> descriptors) =>
        new() { ["schemaVersion"] = 2, ["manifests"] = new JsonArray([.. descriptors]) };

    private protected override JsonObject Describe(ImageLayout layout)
    {
        byte[] bytes = Text is not null
            ? System.Text.Encoding.UTF8.GetBytes(Text)
            : ImageLayout.Json(Document(Parts.Select(p => p.AddTo(layout))));
        return Descriptor(MediaType, layout.Add(bytes), bytes.Length);
    }
}
