using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Oci.Rootfs.Context;
using Oci.Rootfs.Errors;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Pins;

/// <summary>
/// The file that says what tags mean (<c>oci.lock.json</c>), made to be committed: sorted, without times, the same bytes for the same
/// content. It pins the index, and so all platforms at once.
/// </summary>
internal sealed class LockFile
{
    private const int Version = 1, MostBytes = 4 << 20;

    private static readonly JsonWriterOptions Layout = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SortedDictionary<string, Descriptor> _pins = new(StringComparer.Ordinal);

    private LockFile()
    {
    }

    /// <summary>What a tag means; null where the file or the entry is missing.</summary>
    /// <param name="path">The file's absolute path.</param>
    /// <param name="key">The tag in full: <c>docker.io/library/debian:12</c>.</param>
    /// <exception cref="OciException">OCI8003: the file can't be read.</exception>
    public static Descriptor? Find(string path, string key) => Read(path)._pins.GetValueOrDefault(key);

    /// <summary>Enters what a tag means. The entries of others stay, whoever writes at the same time.</summary>
    /// <param name="path">The file's absolute path.</param>
    /// <param name="key">The tag in full.</param>
    /// <param name="pin">The index or manifest that it means.</param>
    /// <param name="lockedFile">The file to lock meanwhile where the directory can't be: beside the lock file it would stand in the user's repository.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>What it meant before; null for a new entry.</returns>
    /// <exception cref="OciException">OCI8003: the file can't be read or written.</exception>
    public static Descriptor? Enter(string path, string key, Descriptor pin, string lockedFile, EngineContext context)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using IDisposable held = WholeFile.LockDirectory(Path.GetDirectoryName(path)!, context.Cancellation) ?? WholeFile.Lock(lockedFile, static () => { }, context.Cancellation);
            LockFile file = Read(path);
            // A project may have a link to a file that several share: the link stays.
            string target = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
            Descriptor? before = file._pins.GetValueOrDefault(key);
            if (before != pin)
            {
                file._pins[key] = pin;
                WholeFile.Write(target, file.Write());
            }
            return before;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RegistryErrors.LockFileNotAccessible(path, e);
        }
    }

    /// <summary>Parses the file's content.</summary>
    /// <exception cref="OciException">OCI8003: it is no lock file.</exception>
    public static void Check(ReadOnlyMemory<byte> bytes, string path) => Parse(bytes, path);

    private static LockFile Read(string path)
    {
        try
        {
            FileInfo file = new(path);
            if (!file.Exists)
                return new LockFile();
            if (file.Length > MostBytes)
                throw RegistryErrors.BadLockFile(path, "more than 4 MiB");
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (FileNotFoundException)
        {
            return new LockFile();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RegistryErrors.LockFileNotAccessible(path, e);
        }
    }

    private static LockFile Parse(ReadOnlyMemory<byte> bytes, string path)
    {
        try
        {
            // An editor may have put a byte order mark before it.
            using JsonDocument document = JsonDocument.Parse(bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("version", out JsonElement version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number))
                throw RegistryErrors.BadLockFile(path, "no version");
            if (number != Version)
                throw RegistryErrors.BadLockFile(path, $"version {number}, of another version of this package");
            LockFile file = new();
            if (!document.RootElement.TryGetProperty("images", out JsonElement images) || images.ValueKind != JsonValueKind.Object)
                throw RegistryErrors.BadLockFile(path, "no images");
            foreach (JsonProperty image in images.EnumerateObject())
                file._pins[image.Name] = DescriptorOf(image.Value) ?? throw RegistryErrors.BadLockFile(path, $"'{image.Name}' without a digest, media type or size");
            return file;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw RegistryErrors.BadLockFile(path, bytes.Span.IndexOf("<<<<<<<"u8) >= 0 ? "the marks of a merge conflict" : "no JSON");
        }
    }

    private static Descriptor? DescriptorOf(JsonElement pin) =>
        pin.ValueKind == JsonValueKind.Object
        && pin.TryGetProperty("digest", out JsonElement digest) && digest.ValueKind == JsonValueKind.String && Digest.TryParse(digest.GetString(), out Digest? parsed)
        && pin.TryGetProperty("mediaType", out JsonElement type) && type.ValueKind == JsonValueKind.String && type.GetString() is { } mediaType && (MediaTypes.IsIndex(mediaType) || MediaTypes.IsManifest(mediaType))
        && pin.TryGetProperty("size", out JsonElement size) && size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out long bytes) && bytes >= 0
            ? new Descriptor(mediaType, parsed, bytes)
            : null;

    private ReadOnlySpan<byte> Write()
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, Layout))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteStartObject("images");
            foreach ((string key, Descriptor pin) in _pins)
            {
                json.WriteStartObject(key);
                json.WriteString("digest", pin.Digest.ToString());
                json.WriteString("mediaType", pin.MediaType);
                json.WriteNumber("size", pin.Size);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan;
    }
}
