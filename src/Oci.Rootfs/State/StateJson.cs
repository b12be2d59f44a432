using System.Text.Json;
using Oci.Rootfs.Outputs.Disk;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.State;

/// <summary>The state file as JSON.</summary>
internal static class StateJson
{
    public static ReadOnlySpan<byte> Write(StateContent content) => OwnJson.Write(json =>
    {
        json.WriteString("key", content.Key);
        json.WriteString("boot", content.Boot);
        if (content.Maker is { } maker)
        {
            json.WriteStartObject("maker");
            json.WriteString("project", maker.Project);
            json.WriteString("list", maker.List);
            json.WriteString("request", maker.Request);
            json.WriteEndObject();
        }
        if (content.TreeState.IsSet)
            Write(json, content.TreeState);
        json.WriteStartArray("trees");
        foreach (TreeIdentity tree in content.Trees)
            Write(json, tree);
        json.WriteEndArray();
        json.WriteNumber("paths", content.Paths);
        json.WriteStartArray("lacks");
        foreach (string lack in content.Lacks)
            json.WriteStringValue(lack);
        json.WriteEndArray();
        json.WriteStartArray("layerOrder");
        foreach (int layer in content.LayerOrder)
            json.WriteNumberValue(layer);
        json.WriteEndArray();
        json.WriteStartArray("outputs");
        foreach (WrittenFile output in content.Outputs)
            Write(json, output);
        json.WriteEndArray();
    });

    /// <summary>Null for anything that is no state file.</summary>
    public static StateContent? Parse(ReadOnlyMemory<byte> bytes) => OwnJson.Parse(bytes, static root => new StateContent(
        root.GetProperty("key").GetString(), TreesOf(root.GetProperty("trees")), root.GetProperty("paths").GetInt64(),
        NumbersOf(root.GetProperty("layerOrder")), FilesOf(root.GetProperty("outputs")))
    {
        Boot = root.GetProperty("boot").GetString() ?? "",
        TreeState = root.TryGetProperty("treeState", out JsonElement stamp) ? StampOf(stamp) : default,
        Lacks = StringsOf(root.GetProperty("lacks")),
        Maker = root.TryGetProperty("maker", out JsonElement maker) ? MakerOf(maker) : null,
    });

    private static TreeMaker MakerOf(JsonElement maker) => new(
        maker.GetProperty("project").GetString() ?? "", maker.GetProperty("list").GetString() ?? "", maker.GetProperty("request").GetString() ?? "");

    private static void Write(Utf8JsonWriter json, Stamp stamp)
    {
        json.WriteStartObject("treeState");
        json.WriteNumber("inode", stamp.Inode);
        json.WriteNumber("seconds", stamp.Seconds);
        json.WriteNumber("nanoseconds", stamp.Nanoseconds);
        json.WriteEndObject();
    }

    private static Stamp StampOf(JsonElement stamp) =>
        new(stamp.GetProperty("inode").GetUInt64(), stamp.GetProperty("seconds").GetInt64(), stamp.GetProperty("nanoseconds").GetUInt32());

    private static void Write(Utf8JsonWriter json, TreeIdentity tree)
    {
        json.WriteStartObject();
        WriteMembers(json, tree);
        json.WriteEndObject();
    }

    public static void WriteMembers(Utf8JsonWriter json, TreeIdentity tree)
    {
        json.WriteNumber("device", tree.Device);
        json.WriteNumber("inode", tree.Inode);
        json.WriteNumber("born", tree.Born);
        json.WriteNumber("modified", tree.Modified);
    }

    public static TreeIdentity IdentityOf(JsonElement tree) => new(
        tree.GetProperty("device").GetUInt64(), tree.GetProperty("inode").GetUInt64(), tree.GetProperty("born").GetInt64(), tree.GetProperty("modified").GetInt64());

    private static void Write(Utf8JsonWriter json, WrittenFile output)
    {
        json.WriteStartObject();
        json.WriteString("path", output.Path);
        json.WriteNumber("length", output.Length);
        json.WriteString("key", output.Key);
        json.WriteString("digest", output.Digest);
        json.WriteNumber("modified", output.Modified);
        json.WriteEndObject();
    }

    private static List<TreeIdentity> TreesOf(JsonElement array)
    {
        List<TreeIdentity> trees = [];
        foreach (JsonElement tree in array.EnumerateArray())
            trees.Add(IdentityOf(tree));
        return trees;
    }

    private static List<int> NumbersOf(JsonElement array)
    {
        List<int> numbers = [];
        foreach (JsonElement number in array.EnumerateArray())
            numbers.Add(number.GetInt32());
        return numbers;
    }

    public static List<string> StringsOf(JsonElement array)
    {
        List<string> strings = [];
        foreach (JsonElement item in array.EnumerateArray())
            strings.Add(item.GetString() ?? "");
        return strings;
    }

    private static List<WrittenFile> FilesOf(JsonElement array)
    {
        List<WrittenFile> files = [];
        foreach (JsonElement file in array.EnumerateArray())
        {
            files.Add(new WrittenFile(file.GetProperty("path").GetString() ?? "", file.GetProperty("length").GetInt64())
            {
                Key = file.GetProperty("key").GetString() ?? "",
                Digest = file.GetProperty("digest").GetString() ?? "",
                Modified = file.GetProperty("modified").GetInt64(),
            });
        }
        return files;
    }
}
