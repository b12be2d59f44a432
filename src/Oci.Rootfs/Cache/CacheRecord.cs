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
            ? new CacheRecord(FileIdentityJson.Read(root.GetProperty("archive")), digest, FileIdentityJson.Read(root.GetProperty("unpacked")))
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
        FileIdentityJson.WriteMembers(json, file);
        json.WriteEndObject();
    }
}
