using System.Text;
using System.Text.Json;

namespace Oci.Rootfs.Outputs.Archive;

/// <summary>
/// The config of an image whose layers became one: the bytes of the image's own, but for <c>rootfs</c>, which lists the layers, and
/// <c>history</c>, which has a line for each.
/// </summary>
internal static class ImageConfig
{
    /// <param name="config">The image's config, which the engine has read before: it is an object.</param>
    /// <param name="diffId">The digest of the one layer's tar.</param>
    /// <param name="mostDepth">The deepest nesting in a config.</param>
    public static byte[] WithOneLayer(ReadOnlySpan<byte> config, string diffId, int mostDepth)
    {
        string rootfs = $$"""{"type":"layers","diff_ids":["{{diffId}}"]}""";
        string history = History(config, mostDepth);
        using MemoryStream output = new();
        Utf8JsonReader json = Reader(config, mostDepth);
        int copied = 0;
        bool hasHistory = false;
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isRootfs = json.ValueTextEquals("rootfs"u8), isHistory = json.ValueTextEquals("history"u8);
            hasHistory |= isHistory;
            json.Read();
            int start = (int)json.TokenStartIndex;
            json.Skip();
            if (!isRootfs && !isHistory)
                continue;
            output.Write(config[copied..start]);
            output.Write(Encoding.UTF8.GetBytes(isRootfs ? rootfs : history));
            copied = (int)json.BytesConsumed;
        }
        // The reader stands at the end of the object, which has a member at least: rootfs.
        int end = (int)json.TokenStartIndex;
        output.Write(config[copied..end]);
        if (!hasHistory)
            output.Write(Encoding.UTF8.GetBytes($",\"history\":{history}"));
        output.Write(config[end..]);
        return output.ToArray();
    }

    /// <summary>One line, with the image's own time. It says nothing of how the image was cut into layers.</summary>
    private static string History(ReadOnlySpan<byte> config, int mostDepth)
    {
        string created = "";
        Utf8JsonReader json = Reader(config, mostDepth);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isCreated = json.ValueTextEquals("created"u8);
            json.Read();
            int start = (int)json.TokenStartIndex;
            bool isText = json.TokenType == JsonTokenType.String;
            json.Skip();
            if (isCreated)
                created = isText ? $"\"created\":{Encoding.UTF8.GetString(config[start..(int)json.BytesConsumed])}," : "";
        }
        return $$"""[{{{created}}"created_by":"Oci.Build.Tasks","comment":"all layers as one"}]""";
    }

    private static Utf8JsonReader Reader(ReadOnlySpan<byte> config, int mostDepth) => new(config, new JsonReaderOptions { MaxDepth = Math.Min(mostDepth, int.MaxValue - 1) + 1 });
}
