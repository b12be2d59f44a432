namespace Oci.Rootfs.Spec;

/// <summary>Reads descriptors (image-spec descriptor.md) inside another document.</summary>
internal static class DescriptorReader
{
    /// <summary>Reads an array of descriptors; empty for null.</summary>
    public static List<Descriptor> ReadList(ref JsonInput json)
    {
        List<Descriptor> list = [];
        if (json.BeginArray())
        {
            while (json.NextElement())
                list.Add(Read(ref json) ?? throw json.Missing("digest"));
        }
        return list;
    }

    /// <summary>Reads one descriptor; null for null. It ignores unknown members (data, urls, artifactType …).</summary>
    public static Descriptor? Read(ref JsonInput json)
    {
        if (!json.BeginObject())
            return null;
        string? mediaType = null;
        Digest? digest = null;
        long? size = null;
        OciPlatform? platform = null;
        DescriptorNames names = DescriptorNames.None;
        bool isReference = false;
        while (json.NextMember(out string name))
        {
            switch (name)
            {
                case "mediaType": mediaType = json.String(); break;
                case "digest": digest = json.Digest(); break;
                case "size": size = json.Integer(); break;
                case "platform": platform = ReadPlatform(ref json); break;
                case "annotations": (names, isReference) = ReadAnnotations(ref json); break;
                default: json.Skip(); break;
            }
        }
        if (size < 0)
            throw json.NegativeSize(size.Value);
        return new Descriptor(mediaType ?? throw json.Missing("mediaType"), digest ?? throw json.Missing("digest"), size ?? throw json.Missing("size"))
        {
            Names = names,
            IsReference = isReference,
            Platform = platform,
        };
    }

    /// <summary>
    /// Keeps only the annotations that the engine uses: there may be millions of others, and one may be as long as the document.
    /// </summary>
    private static (DescriptorNames Names, bool IsReference) ReadAnnotations(ref JsonInput json)
    {
        DescriptorNames names = DescriptorNames.None;
        bool isReference = false;
        if (!json.BeginObject())
            return (names, false);
        while (json.NextMember(out string name))
        {
            switch (name)
            {
                case DescriptorNames.FullKey: names = names with { Full = ReadName(ref json) }; break;
                case DescriptorNames.ShortKey: names = names with { Short = ReadName(ref json) }; break;
                case "vnd.docker.reference.type": isReference = true; json.ShortString(0); break;
                default: json.ShortString(0); break;
            }
        }
        return (names.Full is null && names.Short is null ? DescriptorNames.None : names, isReference);
    }

    private static string? ReadName(ref JsonInput json) => json.ShortString(DescriptorNames.MostBytes) is { Length: > 0 } name ? name : null;

    private static OciPlatform? ReadPlatform(ref JsonInput json)
    {
        if (!json.BeginObject())
            return null;
        string? os = null;
        string? architecture = null;
        string? variant = null;
        string? version = null;
        List<string>? features = null;
        while (json.NextMember(out string name))
        {
            switch (name)
            {
                case "os": os = json.String(); break;
                case "architecture": architecture = json.String(); break;
                case "variant": variant = json.String(); break;
                case "os.version": version = json.String(); break;
                case "os.features": features = json.Strings(); break;
                default: json.Skip(); break;
            }
        }
        return OciPlatform.OrNull(os, architecture, variant, version, features);
    }
}
