using System.Runtime.InteropServices;
using System.Text.Json;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// Writes the file of the item's <c>ConfigJson</c> metadata: the chosen image, and its config document byte for byte. No serialiser touches
/// the config's numbers, escapes, unknown or repeated members.
/// </summary>
internal static class ConfigJson
{
    private static readonly JsonWriterOptions Layout = new() { Indented = true, IndentCharacter = ' ', IndentSize = 2, NewLine = "\n", MaxDepth = 8 };

    /// <param name="output">The stream for the file's bytes.</param>
    /// <param name="result">Digests, platform and layers, bottom first.</param>
    /// <param name="config">The config document as stored, known to be one valid JSON object.</param>
    public static void Write(Stream output, RootfsResult result, ReadOnlySpan<byte> config)
    {
        using (Utf8JsonWriter json = new(output, Layout))
        {
            json.WriteStartObject();
            json.WriteString("manifestDigest", result.ManifestDigest);
            json.WriteString("configDigest", result.ConfigDigest);
            json.WriteString("platform", result.Platform);
            WriteLayers(json, result.Layers);
            json.WritePropertyName("config");
            json.WriteRawValue(Trimmed(config), skipInputValidation: true);
            json.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }

    /// <summary>
    /// Reads what <see cref="Write"/> wrote, as the result of an up-to-date build. Null when the file is anything else; then the engine
    /// writes it again.
    /// </summary>
    /// <param name="file">The whole file.</param>
    /// <param name="context">Limits, log and cancellation.</param>
    public static RootfsResult? Read(ReadOnlyMemory<byte> file, EngineContext context)
    {
        try
        {
            // The config's own depth and one level more, but never less than the layers need. JsonDocument's time grows with the square of
            // the depth.
            using JsonDocument document = JsonDocument.Parse(file, new JsonDocumentOptions { MaxDepth = Math.Clamp(context.Limits.MaxJsonDepth, 8, int.MaxValue - 1) + 1 });
            JsonElement root = document.RootElement;
            ConfigDocument config = ConfigDocument.Parse(JsonMarshal.GetRawUtf8Value(root.GetProperty("config")), "config", context);
            return new RootfsResult
            {
                Extracted = false,
                ManifestDigest = DigestOf(root, "manifestDigest"),
                ConfigDigest = DigestOf(root, "configDigest"),
                Platform = TextOf(root, "platform"),
                OsVersion = config.Platform?.OsVersion,
                OsFeatures = config.Platform?.OsFeatures ?? [],
                Layers = LayersOf(root.GetProperty("layers")),
                Config = config.RunConfig,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OciException)
        {
            // System.Text.Json throws these for wrong types, absent members, odd numbers and invalid Unicode.
            return null;
        }
    }

    /// <summary>The config without JSON's white space around it.</summary>
    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> json)
    {
        while (json is [(byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n', ..])
            json = json[1..];
        while (json is [.., (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'])
            json = json[..^1];
        return json;
    }

    private static void WriteLayers(Utf8JsonWriter json, IReadOnlyList<RootfsLayer> layers)
    {
        json.WriteStartArray("layers");
        foreach (RootfsLayer layer in layers)
        {
            json.WriteStartObject();
            json.WriteString("digest", layer.Digest);
            json.WriteString("diffId", layer.DiffId);
            json.WriteString("mediaType", layer.MediaType);
            json.WriteNumber("size", layer.Size);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static List<RootfsLayer> LayersOf(JsonElement array)
    {
        List<RootfsLayer> layers = [];
        foreach (JsonElement layer in array.EnumerateArray())
            layers.Add(LayerOf(layer));
        return layers;
    }

    private static RootfsLayer LayerOf(JsonElement layer) =>
        new(DigestOf(layer, "digest"), DigestOf(layer, "diffId"), TextOf(layer, "mediaType"), layer.GetProperty("size").GetInt64());

    private static string DigestOf(JsonElement parent, string name)
    {
        string text = TextOf(parent, name);
        return Digest.TryParse(text, out _) ? text : throw new FormatException();
    }

    private static string TextOf(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? throw new FormatException();
}
