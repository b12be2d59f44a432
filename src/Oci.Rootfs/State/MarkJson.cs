using System.Buffers;
using System.Text.Json;

namespace Oci.Rootfs.State;

/// <summary>
/// The mark as JSON. By hand because a build with nothing to do reads one and does little else: the serialiser's types for our types
/// would be compiled in every such build, and take longer than all the rest.
/// </summary>
internal static class MarkJson
{
    private const int Format = 1;

    private static readonly JsonWriterOptions Layout = new() { Indented = true, NewLine = "\n" };

    public static ReadOnlySpan<byte> Write(MarkContent content)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, Layout))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("key", content.Key);
            json.WriteStartArray("trees");
            foreach (TreeIdentity tree in content.Trees)
                Write(json, tree);
            json.WriteEndArray();
            json.WriteNumber("paths", content.Paths);
            json.WriteStartArray("layerOrder");
            foreach (int layer in content.LayerOrder)
                json.WriteNumberValue(layer);
            json.WriteEndArray();
            json.WriteStartObject("outputs");
            foreach (WrittenFile output in content.Outputs)
                json.WriteNumber(output.Path, output.Length);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return bytes.WrittenSpan;
    }

    /// <summary>Null for what is no mark, whatever it is.</summary>
    public static MarkContent? Parse(ReadOnlyMemory<byte> bytes)
    {
        // A new one: not worth an exception.
        if (bytes.IsEmpty)
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.GetProperty("format").GetInt32() != Format)
                return null;
            return new MarkContent(
                root.GetProperty("key").GetString(), TreesOf(root.GetProperty("trees")), root.GetProperty("paths").GetInt64(),
                NumbersOf(root.GetProperty("layerOrder")), FilesOf(root.GetProperty("outputs")));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // What System.Text.Json throws for other types, absent members, odd numbers and text that is no Unicode.
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, TreeIdentity tree)
    {
        json.WriteStartObject();
        json.WriteNumber("device", tree.Device);
        json.WriteNumber("inode", tree.Inode);
        json.WriteNumber("born", tree.Born);
        json.WriteEndObject();
    }

    private static List<TreeIdentity> TreesOf(JsonElement array)
    {
        List<TreeIdentity> trees = [];
        foreach (JsonElement tree in array.EnumerateArray())
            trees.Add(new TreeIdentity(tree.GetProperty("device").GetUInt64(), tree.GetProperty("inode").GetUInt64(), tree.GetProperty("born").GetInt64()));
        return trees;
    }

    private static List<int> NumbersOf(JsonElement array)
    {
        List<int> numbers = [];
        foreach (JsonElement number in array.EnumerateArray())
            numbers.Add(number.GetInt32());
        return numbers;
    }

    private static List<WrittenFile> FilesOf(JsonElement map)
    {
        List<WrittenFile> files = [];
        foreach (JsonProperty file in map.EnumerateObject())
            files.Add(new WrittenFile(file.Name, file.Value.GetInt64()));
        return files;
    }
}
