using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Spec;

/// <summary>image-spec config.md, as far as the engine needs it; callers keep the stored bytes beside it.</summary>
/// <param name="Platform">Null where the config leaves it empty (rule 94).</param>
/// <param name="DiffIds">Digests of the uncompressed layers, bottom first.</param>
/// <param name="RunConfig">The <c>config</c> object; empty where it is absent.</param>
internal sealed record ConfigDocument(OciPlatform? Platform, IReadOnlyList<Digest> DiffIds, RootfsImageConfig RunConfig)
{
    /// <summary>Whoever made the image; null where the config does not say, or says it in something else than a string.</summary>
    public string? Author { get; init; }

    /// <summary>The time when the image was made, as the config has it; null as for <see cref="Author"/>.</summary>
    public string? Created { get; init; }

    /// <summary>
    /// Parses a config. It ignores unknown members and <c>history</c>, and keeps odd values inside <c>config</c> (rule 96).
    /// </summary>
    /// <exception cref="OciException">The document is no image config.</exception>
    public static ConfigDocument Parse(ReadOnlySpan<byte> bytes, string document, EngineContext context)
    {
        JsonInput json = new(bytes, document, context);
        string? os = null;
        string? architecture = null;
        string? variant = null;
        string? version = null;
        List<string>? features = null;
        string? author = null;
        string? created = null;
        List<Digest>? diffIds = null;
        RootfsImageConfig run = new();
        if (!json.BeginObject())
            throw json.Missing("rootfs");
        while (json.NextMember(out string name))
        {
            switch (name)
            {
                case "os": os = json.String(); break;
                case "architecture": architecture = json.String(); break;
                case "variant": variant = json.String(); break;
                case "os.version": version = json.String(); break;
                case "os.features": features = json.Strings(); break;
                case "author": author = json.StringOrOther(); break;
                case "created": created = json.StringOrOther(); break;
                case "rootfs": diffIds = ReadRootfs(ref json, document); break;
                case "config": run = ReadRunConfig(ref json); break;
                default: json.Skip(); break;
            }
        }
        json.End();
        return new ConfigDocument(OciPlatform.OrNull(os, architecture, variant, version, features), diffIds ?? throw json.Missing("rootfs"), run)
        {
            Author = author,
            Created = created,
        };
    }

    private static List<Digest>? ReadRootfs(ref JsonInput json, string document)
    {
        if (!json.BeginObject())
            return null;
        string? type = null;
        List<Digest> diffIds = [];
        while (json.NextMember(out string name))
        {
            switch (name)
            {
                case "type": type = json.String(); break;
                case "diff_ids": diffIds = ReadDigests(ref json); break;
                default: json.Skip(); break;
            }
        }
        return type == "layers" ? diffIds : throw SelectionErrors.RootfsType(document, type);
    }

    private static List<Digest> ReadDigests(ref JsonInput json)
    {
        List<Digest> digests = [];
        if (json.BeginArray())
        {
            while (json.NextElement())
                digests.Add(json.Digest() ?? throw json.NullElement("a digest"));
        }
        return digests;
    }

    private static RootfsImageConfig ReadRunConfig(ref JsonInput json)
    {
        RootfsImageConfig run = new();
        if (!json.BeginObject())
            return run;
        while (json.NextMember(out string name))
        {
            switch (name)
            {
                case "Entrypoint": run = run with { Entrypoint = json.Strings() }; break;
                case "Cmd": run = run with { Cmd = json.Strings() }; break;
                case "Env": run = run with { Env = json.Strings() ?? [] }; break;
                case "WorkingDir": run = run with { WorkingDir = NullIfEmpty(json.String()) }; break;
                case "User": run = run with { User = NullIfEmpty(json.String()) }; break;
                case "StopSignal": run = run with { StopSignal = NullIfEmpty(json.String()) }; break;
                case "ExposedPorts": run = run with { ExposedPorts = Sorted(json.Names()) }; break;
                case "Volumes": run = run with { Volumes = Sorted(json.Names()) }; break;
                case "Labels": run = run with { Labels = Sorted(json.StringMap()) }; break;
                default: json.Skip(); break;
            }
        }
        return run;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static List<KeyValuePair<string, string>> Sorted(Dictionary<string, string> map)
    {
        List<KeyValuePair<string, string>> sorted = new(map.Count);
        foreach (string key in Sorted([.. map.Keys]))
            sorted.Add(new KeyValuePair<string, string>(key, map[key]));
        return sorted;
    }

    private static List<string> Sorted(List<string> names)
    {
        names.Sort(StringComparer.Ordinal);
        return names;
    }
}
