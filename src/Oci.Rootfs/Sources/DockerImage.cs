using Oci.Rootfs.Context;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Sources;

/// <summary>One entry of a docker-archive's manifest.json.</summary>
internal sealed record DockerImage(string Config, IReadOnlyList<string> RepoTags, IReadOnlyList<string> Layers)
{
    public const string FileName = "manifest.json";

    /// <exception cref="Errors.OciException">The text is not in docker's form.</exception>
    public static List<DockerImage> ParseList(ReadOnlySpan<byte> bytes, EngineContext context)
    {
        JsonInput json = new(bytes, FileName, context);
        List<DockerImage> images = [];
        if (json.BeginArray())
        {
            while (json.NextElement())
                images.Add(Parse(ref json));
        }
        json.End();
        return images;
    }

    private static DockerImage Parse(ref JsonInput json)
    {
        string? config = null;
        List<string>? tags = null;
        List<string>? layers = null;
        if (!json.BeginObject())
            throw json.Missing("Config");
        while (json.NextMember(out string name))
        {
            switch (name)
            {
                case "Config": config = json.String(); break;
                case "RepoTags": tags = json.Strings(); break;
                case "Layers": layers = json.Strings(); break;
                default: json.Skip(); break;
            }
        }
        return new DockerImage(config ?? throw json.Missing("Config"), tags ?? [], layers ?? []);
    }
}
