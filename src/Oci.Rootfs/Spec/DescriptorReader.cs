namespace Oci.Rootfs.Spec;

/// <summary>Reads descriptors (image-spec descriptor.md) where they stand in another document.</summary>
internal static class DescriptorReader
{
    /// <summary>An array of descriptors; empty for null.</summary>
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

    /// <summary>One descriptor; null for null. Unknown members (data, urls, artifactType …) are ignored.</summary>
    public static Descriptor? Read(ref JsonInput json)
    {
        if (!json.BeginObject())
            return null;
        string? mediaType = null;
        Digest? digest = null;
        long? size = null;
        OciPlatform? platform = null;
        Dictionary<string, string> annotations = [];
        while (json.NextMember(out string name))
        {
            switch (name)
            {
                case "mediaType": mediaType = json.String(); break;
                case "digest": digest = json.Digest(); break;
                case "size": size = json.Integer(); break;
                case "platform": platform = ReadPlatform(ref json); break;
                case "annotations": annotations = json.StringMap(); break;
                default: json.Skip(); break;
            }
        }
        if (size < 0)
            throw json.NegativeSize(size.Value);
        return new Descriptor(mediaType ?? throw json.Missing("mediaType"), digest ?? throw json.Missing("digest"), size ?? throw json.Missing("size"))
        {
            Annotations = annotations,
            Platform = platform,
        };
    }

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
