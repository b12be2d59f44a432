using System.Text.Json;

namespace Oci.Rootfs.Os;

/// <summary>An identity in the files that the engine writes for itself.</summary>
internal static class FileIdentityJson
{
    /// <summary>Writes the members of the current object.</summary>
    public static void WriteMembers(Utf8JsonWriter json, in FileIdentity file)
    {
        json.WriteNumber("device", file.Device);
        json.WriteNumber("inode", file.Inode);
        json.WriteNumber("size", file.Size);
        Write(json, "modified", file.Modified);
        Write(json, "changed", file.Changed);
    }

    /// <summary>Reads the members of an object. It throws whatever JsonElement throws.</summary>
    public static FileIdentity Read(JsonElement file) => new(
        file.GetProperty("device").GetUInt64(), file.GetProperty("inode").GetUInt64(), file.GetProperty("size").GetInt64(),
        TimeOf(file.GetProperty("modified")), TimeOf(file.GetProperty("changed")));

    private static void Write(Utf8JsonWriter json, string name, FileInstant time)
    {
        json.WriteStartObject(name);
        json.WriteNumber("seconds", time.Seconds);
        json.WriteNumber("nanoseconds", time.Nanoseconds);
        json.WriteEndObject();
    }

    private static FileInstant TimeOf(JsonElement time) => new(time.GetProperty("seconds").GetInt64(), time.GetProperty("nanoseconds").GetUInt32());
}
