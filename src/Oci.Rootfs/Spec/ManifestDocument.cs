using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Spec;

/// <summary>image-spec manifest.md, and docker's schema 2 manifest, which has the same members.</summary>
internal sealed record ManifestDocument(Descriptor Config, IReadOnlyList<Descriptor> Layers)
{
    private const string ArtifactManifest = "application/vnd.oci.artifact.manifest.v1+json";

    /// <param name="bytes">The document.</param>
    /// <param name="document">The document as messages name it.</param>
    /// <param name="mediaType">The media type from its descriptor.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <exception cref="OciException">The document is no manifest of a container image (rule 90).</exception>
    public static ManifestDocument Parse(ReadOnlySpan<byte> bytes, string document, string mediaType, EngineContext context)
    {
        JsonInput json = new(bytes, document, context);
        long? schemaVersion = null;
        string? ownType = null;
        bool isIndex = false;
        Descriptor? config = null;
        List<Descriptor>? layers = null;
        if (!json.BeginObject())
            throw json.Missing("config");
        while (json.NextMember(out string name))
        {
            switch (name)
            {
                case "schemaVersion": schemaVersion = json.Integer(); break;
                case "mediaType": ownType = json.String(); break;
                case "config": config = DescriptorReader.Read(ref json); break;
                case "layers": layers = DescriptorReader.ReadList(ref json); break;
                case "manifests": isIndex |= !json.IsNull; json.Skip(); break;
                default: json.Skip(); break;
            }
        }
        json.End();
        if (isIndex)
            throw layers is null ? SelectionErrors.MediaTypeDiffers(document, mediaType, "an index") : SelectionErrors.ManifestAndIndex(document);
        if (ownType is not null && ownType != mediaType)
            throw ownType == ArtifactManifest ? SelectionErrors.NotAManifest(document, ownType) : SelectionErrors.MediaTypeDiffers(document, mediaType, ownType);
        if (schemaVersion != 2)
            throw SelectionErrors.SchemaVersion(document, schemaVersion);
        if (config is null)
            throw json.Missing("config");
        if (!MediaTypes.IsConfig(config.MediaType))
            throw SelectionErrors.NoImageConfig(document, config.MediaType);
        return new ManifestDocument(config, layers ?? []);
    }
}
