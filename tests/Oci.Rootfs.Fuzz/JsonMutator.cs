using System.Text;
using System.Text.Json.Nodes;

namespace Oci.Rootfs.Fuzz;

/// <summary>Changes to a JSON document: to its values, or to its text.</summary>
internal static class JsonMutator
{
    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1", "1.5", "1e999", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "\"\"", "\"a\"", "[]", "{}", "[null]",
        "\"sha256:../../../../etc/passwd\"", "\"sha256:00\"", "\"sha512:00\"", "\"md5:d41d8cd98f00b204e9800998ecf8427e\"", "\"LONE SURROGATE\"", "\"\\u0000\"", "\"$(HOME);@(x)%41\"",
        "\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"", "[[[[[[]]]]]]", "{\"a\":{\"a\":{}}}", "\"linux\"", "\"unknown\"", "\"windows\"",
        "\"application/vnd.oci.image.index.v1+json\"", "\"application/vnd.oci.image.manifest.v1+json\"", "\"application/vnd.oci.image.layer.v1.tar+zstd\"",
        "\"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip\"", "\"a\\nb\\tc\\\"d<e>&\"", "[\"a\",1,null,{}]", "{\"a\":\"b\",\"a\":1}",
    ];

    private static readonly string[] Names =
        ["schemaVersion", "mediaType", "manifests", "layers", "config", "digest", "size", "rootfs", "type", "diff_ids", "os", "architecture", "variant", "platform", "annotations",
        "org.opencontainers.image.ref.name", "io.containerd.image.name", "vnd.docker.reference.type", "Env", "Cmd", "Entrypoint", "Labels", "Volumes", "ExposedPorts", "User", "WorkingDir",
        "StopSignal", "history", "imageLayoutVersion", "Config", "RepoTags", "Layers", "urls", "data", "artifactType", "subject", "", "\u0001\ud83d\ude00"];

    public static byte[] Mutate(Random random, byte[] document)
    {
        if (random.Next(3) == 0 || JsonNode.Parse(document) is not { } root)
            return ByteMutator.Mutate(random, document, 3);
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            List<JsonNode> containers = [.. Containers(root)];
            if (containers.Count == 0)
                break;
            JsonNode chosen = containers[random.Next(containers.Count)];
            if (chosen is JsonObject members)
                Change(random, members);
            else
                Change(random, chosen.AsArray());
        }
        byte[] text = Encoding.UTF8.GetBytes(root.ToJsonString().Replace("LONE SURROGATE", "\\ud800", StringComparison.Ordinal));
        return random.Next(12) == 0 ? ByteMutator.Mutate(random, text, 1) : text;
    }

    private static void Change(Random random, JsonObject members)
    {
        string[] names = [.. members.Select(static m => m.Key)];
        string name = names.Length == 0 || random.Next(4) == 0 ? Names[random.Next(Names.Length)] : names[random.Next(names.Length)];
        switch (random.Next(5))
        {
            case 0:
                members.Remove(name);
                break;
            case 1 when members.ContainsKey(name):
                JsonNode? value = members[name]?.DeepClone();
                members[Names[random.Next(Names.Length)]] = value;
                break;
            default:
                members[name] = Value(random);
                break;
        }
    }

    private static void Change(Random random, JsonArray elements)
    {
        int at = random.Next(elements.Count + 1);
        if (at == elements.Count)
            elements.Add(elements.Count > 0 && random.Next(2) == 0 ? elements[0]?.DeepClone() : Value(random));
        else if (random.Next(3) == 0)
            elements.RemoveAt(at);
        else
            elements[at] = random.Next(2) == 0 ? elements[random.Next(elements.Count)]?.DeepClone() : Value(random);
    }

    private static JsonNode? Value(Random random)
    {
        if (random.Next(30) > 0)
            return JsonNode.Parse(Values[random.Next(Values.Length)].Replace("\"a\":1", "\"b\":1", StringComparison.Ordinal));
        JsonNode deep = new JsonArray();
        for (int depth = random.Next(1, 60); depth > 0; depth--)
            deep = new JsonArray(deep);
        return deep;
    }

    private static IEnumerable<JsonNode> Containers(JsonNode root)
    {
        Stack<JsonNode> open = new([root]);
        while (open.TryPop(out JsonNode? node))
        {
            if (node is not (JsonObject or JsonArray))
                continue;
            yield return node;
            foreach (JsonNode? child in node is JsonObject members ? members.Select(static m => m.Value) : node.AsArray())
            {
                if (child is not null)
                    open.Push(child);
            }
        }
    }
}
