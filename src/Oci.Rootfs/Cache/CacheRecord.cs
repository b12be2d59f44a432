using System.Runtime.Versioning;
using System.Text.Json;
using Oci.Rootfs.Os;
using Oci.Rootfs.Spec;

namespace Oci.Rootfs.Cache;

/// <summary>What the cache knows of the archive at one path.</summary>
/// <param name="Archive">The file as it was when it was read.</param>
/// <param name="Digest">The sha256 of the compressed bytes, in hexadecimal digits; it names the unpacked file.</param>
/// <param name="Unpacked">The unpacked file as it was when it was written. If it was cut or replaced since, its identity differs.</param>
[SupportedOSPlatform("linux")]
internal sealed record CacheRecord(FileIdentity Archive, string Digest, FileIdentity Unpacked)
{
    /// <summary>Reads a record; null for any bytes that are not one.</summary>
    public static CacheRecord? Parse(ReadOnlyMemory<byte> bytes) => OwnJson.Parse(bytes, static root =>
        root.GetProperty("digest").GetString() is { } digest && CacheFiles.IsHash(digest)
            ? new CacheRecord(FileOf(root.GetProperty("archive")), digest, FileOf(root.GetProperty("unpacked")))
            : null);

    public byte[] ToBytes() => OwnJson.Write(json =>
    {
        Write(json, "archive", Archive);
        json.WriteString("digest", Digest);
        Write(json, "unpacked", Unpacked);
    }).ToArray();

    private static void Write(Utf8JsonWriter json, string name, in FileIdentity file)
    {
        json.WriteStartObject(name);
        json.WriteNumber("device", file.Device);
        json.WriteNumber("inode", file.Inode);
        json.WriteNumber("size", file.Size);
        Write(json, "modified", file.Modified);
        Write(json, "changed", file.Changed);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, FileInstant time)
    {
        json.WriteStartObject(name);
        json.WriteNumber("seconds", time.Seconds);
        json.WriteNumber("nanoseconds", time.Nanoseconds);
        json.WriteEndObject();
    }

    private static FileIdentity FileOf(JsonElement file) => new(
        file.GetProperty("device").GetUInt64(), file.GetProperty("inode").GetUInt64(), file.GetProperty("size").GetInt64(),
        TimeOf(file.GetProperty("modified")), TimeOf(file.GetProperty("changed")));

    private static FileInstant TimeOf(JsonElement time) => new(time.GetProperty("seconds").GetInt64(), time.GetProperty("nanoseconds").GetUInt32());
}
