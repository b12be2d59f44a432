using System.Globalization;
using System.Text;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Text;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>
/// Writes the file of the item's <c>ConfigProps</c> metadata: the config as MSBuild items. It has items and attributes, and no property,
/// condition or function. Each text from the image goes through <see cref="MSBuildEscaping"/>.
/// </summary>
internal static class ConfigProps
{
    /// <summary>
    /// The most items in one file. A config of a few megabytes can hold millions of entries, and each importing build would pay for them.
    /// An honest image has a few thousand at most.
    /// </summary>
    public const int MaxItems = 100_000;

    /// <param name="output">The stream for the file's bytes.</param>
    /// <param name="image">The image's short name.</param>
    /// <param name="result">The extracted image.</param>
    /// <exception cref="OciException">OCI6001: more than <see cref="MaxItems"/> items.</exception>
    public static void Write(Stream output, string image, RootfsResult result)
    {
        RootfsImageConfig config = result.Config;
        long count = 1L + config.Env.Count + config.Labels.Count + config.ExposedPorts.Count + config.Volumes.Count + result.Layers.Count;
        if (count > MaxItems)
            throw ConfigErrors.TooManyItems(count, MaxItems);

        using StreamWriter text = new(output, new UTF8Encoding(false), 16 * 1024, leaveOpen: true) { NewLine = "\n" };
        text.WriteLine("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
        text.WriteLine("<!-- Written by Oci.Build.Tasks from the config of an image. Every text from the image is escaped: MSBuild evaluates none of it. -->");
        text.WriteLine("<Project>");
        text.WriteLine("  <ItemGroup>");
        WriteImage(text, image, result);
        foreach (string entry in config.Env)
            WriteEnv(text, image, entry);
        foreach ((string name, string value) in config.Labels)
            WriteItem(text, "OciImageLabel", name, ("Image", image), ("Name", name), ("Value", value));
        foreach (string port in config.ExposedPorts)
            WritePort(text, image, port);
        foreach (string volume in config.Volumes)
            WriteItem(text, "OciImageVolume", volume, ("Image", image), ("Name", volume));
        foreach (RootfsLayer layer in result.Layers)
            WriteLayer(text, image, layer);
        text.WriteLine("  </ItemGroup>");
        text.WriteLine("</Project>");
    }

    private static void WriteImage(StreamWriter text, string image, RootfsResult result) => WriteItem(text, "OciImageConfig", image,
        ("Image", image),
        ("ManifestDigest", result.ManifestDigest),
        ("ConfigDigest", result.ConfigDigest),
        ("Platform", result.Platform),
        ("Entrypoint", JsonStrings.Of(result.Config.Entrypoint)),
        ("Cmd", JsonStrings.Of(result.Config.Cmd)),
        ("WorkingDirectory", result.Config.WorkingDir ?? ""),
        ("User", result.Config.User ?? ""),
        ("StopSignal", result.Config.StopSignal ?? ""));

    private static void WriteEnv(StreamWriter text, string image, string entry)
    {
        int equals = entry.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? entry : entry[..equals];
        string value = equals < 0 ? "" : entry[(equals + 1)..];
        WriteItem(text, "OciImageEnv", name, ("Image", image), ("Name", name), ("Value", value), ("HasValue", equals < 0 ? "false" : "true"));
    }

    /// <summary><c>port[/protocol]</c>, tcp when the protocol is absent (image-spec config.md, "ExposedPorts").</summary>
    private static void WritePort(StreamWriter text, string image, string entry)
    {
        int slash = entry.IndexOf('/', StringComparison.Ordinal);
        string port = slash < 0 ? entry : entry[..slash];
        string protocol = slash < 0 ? "tcp" : entry[(slash + 1)..];
        WriteItem(text, "OciImageExposedPort", entry, ("Image", image), ("Name", entry), ("Port", port), ("Protocol", protocol));
    }

    private static void WriteLayer(StreamWriter text, string image, RootfsLayer layer) => WriteItem(text, "OciImageLayer", layer.Digest,
        ("Image", image),
        ("Digest", layer.Digest),
        ("DiffId", layer.DiffId),
        ("MediaType", layer.MediaType),
        ("Size", layer.Size.ToString(CultureInfo.InvariantCulture)));

    private static void WriteItem(StreamWriter text, string type, string name, params (string Name, string Value)[] metadata)
    {
        text.Write("    <");
        text.Write(type);
        WriteAttribute(text, "Include", ItemIdentity.Of(name));
        foreach ((string key, string value) in metadata)
            WriteAttribute(text, key, value);
        text.WriteLine(" />");
    }

    private static void WriteAttribute(StreamWriter text, string name, string value)
    {
        text.Write(' ');
        text.Write(name);
        text.Write("=\"");
        MSBuildEscaping.WriteAttribute(text, value);
        text.Write('"');
    }
}
