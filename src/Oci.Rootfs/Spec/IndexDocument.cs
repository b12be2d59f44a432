using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Spec;

/// <summary>image-spec image-index.md, and docker's manifest list, which has the same members.</summary>
internal sealed record IndexDocument(IReadOnlyList<Descriptor> Manifests)
{
    /// <param name="bytes">The document.</param>
    /// <param name="document">The document as messages name it.</param>
    /// <param name="mediaType">The media type from its descriptor; null for <c>index.json</c>, which has none.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    /// <exception cref="OciException">The document is no index of image-spec 1.x.</exception>
    public static IndexDocument Parse(ReadOnlySpan<byte> bytes, string document, string? mediaType, EngineContext context)
    {
        JsonInput json = new(bytes, document, context);
        long? schemaVersion = null;
        string? ownType = null;
        bool isManifest = false;
        List<Descriptor>? manifests = null;
        if (!json.BeginObject())
            throw json.Missing("manifests");
        while (json.NextMember(out string name))
        {
            switch (name)
            {
                case "schemaVersion": schemaVersion = json.Integer(); break;
                case "mediaType": ownType = json.String(); break;
                case "manifests": manifests = DescriptorReader.ReadList(ref json); break;
                case "layers": isManifest |= !json.IsNull; json.Skip(); break;
                default: json.Skip(); break;
            }
        }
        json.End();
        if (isManifest)
            throw manifests is null ? SelectionErrors.MediaTypeDiffers(document, mediaType ?? MediaTypes.Index, "an image manifest") : SelectionErrors.ManifestAndIndex(document);
        if (ownType is not null && (mediaType is null ? !MediaTypes.IsIndex(ownType) : ownType != mediaType))
            throw SelectionErrors.MediaTypeDiffers(document, mediaType ?? MediaTypes.Index, ownType);
        if (schemaVersion != 2)
            throw SelectionErrors.SchemaVersion(document, schemaVersion);
        return new IndexDocument(manifests ?? throw json.Missing("manifests"));
    }
}
