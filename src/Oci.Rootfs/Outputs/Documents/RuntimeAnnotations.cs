using System.Text.Json;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>The annotations of a runtime configuration, from the image's config (image-spec conversion.md).</summary>
internal static class RuntimeAnnotations
{
    private const string Prefix = "org.opencontainers.image.";

    /// <summary>
    /// The beginnings of annotations that change what a runtime does: crun's own, properties of the container's systemd unit (runc and
    /// crun), the file that configures CRIU on the host (runc), Kata's hypervisor, gVisor's flags, and podman's own. An image must not set them.
    /// </summary>
    private static readonly string[] Unsafe = ["run.oci.", "org.systemd.property.", "org.criu.", "io.katacontainers.", "dev.gvisor.", "io.podman.annotations."];

    /// <summary>Writes the object. Where the config and a label name the same annotation, the label wins.</summary>
    public static void Write(Utf8JsonWriter json, OutputContent content)
    {
        ConfigDocument document = ConfigDocument.Parse(content.Config, "config", content.Context);
        SortedDictionary<string, string> annotations = new(StringComparer.Ordinal);
        Add("os", content.Platform.Os);
        Add("architecture", content.Platform.Architecture);
        Add("variant", content.Platform.Variant);
        Add("os.version", content.Platform.OsVersion);
        Add("os.features", string.Join(',', content.Platform.OsFeatures));
        Add("author", document.Author);
        Add("created", document.Created);
        Add("stopSignal", content.Result.Config.StopSignal);
        Add("exposedPorts", string.Join(',', content.Result.Config.ExposedPorts));
        foreach ((string name, string value) in content.Result.Config.Labels)
        {
            if (IsSafe(name))
                annotations[name] = value;
            else
                RunErrors.WarnUnsafeLabel(content.Context.Log, name);
        }
        json.WriteStartObject("annotations");
        foreach ((string name, string value) in annotations)
            json.WriteString(name, value);
        json.WriteEndObject();

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                annotations[Prefix + name] = value;
        }
    }

    /// <summary>Runtimes also refuse an annotation without a name.</summary>
    private static bool IsSafe(string label)
    {
        foreach (string prefix in Unsafe)
        {
            if (label.StartsWith(prefix, StringComparison.Ordinal))
                return false;
        }
        return label.Length > 0;
    }
}
