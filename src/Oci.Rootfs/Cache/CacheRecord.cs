using System.Text.Json;
using System.Text.Json.Serialization;
using Oci.Rootfs.Sources;

namespace Oci.Rootfs.Cache;

/// <summary>What the cache knows of the archive at one path.</summary>
/// <param name="Format">1.</param>
/// <param name="Archive">The file as it was when it was read.</param>
/// <param name="Digest">Of its bytes, compressed as they are: sha256, in hexadecimal digits. Names the unpacked file.</param>
/// <param name="Unpacked">The unpacked file as it was when it was written: one that was cut or replaced since is another.</param>
internal sealed record CacheRecord(int Format, FileIdentity Archive, string Digest, FileIdentity Unpacked)
{
    /// <summary>Null for what is no record, whatever it is.</summary>
    public static CacheRecord? Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, CacheJson.Default.CacheRecord) is { Format: 1, Digest: { Length: 64 } digest } record && digest.All(char.IsAsciiHexDigitLower)
                ? record
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, CacheJson.Default.CacheRecord);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(CacheRecord))]
internal sealed partial class CacheJson : JsonSerializerContext;
