using System.Text.Json;

namespace Oci.Rootfs.Outputs.Documents;

/// <summary>The parts of a runtime configuration that no image says: what <c>runc spec</c> writes, with docker's and podman's capabilities.</summary>
internal static class RuntimeDefaults
{
    /// <summary>The capabilities of a container of docker, and of podman up to version 3.</summary>
    private static readonly string[] Capabilities =
    [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE",
        "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ];

    private static readonly string[] Namespaces = ["pid", "network", "ipc", "uts", "mount", "cgroup"];

    private static readonly string[] MaskedPaths =
    [
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
        "/proc/sched_debug", "/sys/firmware", "/sys/fs/selinux", "/sys/dev/block", "/proc/scsi",
    ];

    private static readonly string[] ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>Inheritable and ambient ones are absent: with them, the process of an ordinary user would keep capabilities.</summary>
    public static void WriteCapabilities(Utf8JsonWriter json)
    {
        json.WriteStartObject("capabilities");
        WriteStrings(json, "bounding", Capabilities);
        WriteStrings(json, "effective", Capabilities);
        WriteStrings(json, "permitted", Capabilities);
        json.WriteEndObject();
    }

    /// <summary>Writes the members of the array <c>mounts</c>.</summary>
    public static void WriteMounts(Utf8JsonWriter json)
    {
        WriteMount(json, "/proc", "proc", "proc");
        WriteMount(json, "/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
        WriteMount(json, "/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5");
        WriteMount(json, "/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k");
        WriteMount(json, "/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
        WriteMount(json, "/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro");
        WriteMount(json, "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");
    }

    public static void WriteMount(Utf8JsonWriter json, string destination, string type, string source, params string[] options)
    {
        json.WriteStartObject();
        json.WriteString("destination", destination);
        json.WriteString("type", type);
        json.WriteString("source", source);
        if (options.Length > 0)
            WriteStrings(json, "options", options);
        json.WriteEndObject();
    }

    public static void WriteLinux(Utf8JsonWriter json)
    {
        json.WriteStartObject("linux");
        json.WriteStartObject("resources");
        json.WriteStartArray("devices");
        json.WriteStartObject();
        json.WriteBoolean("allow", false);
        json.WriteString("access", "rwm");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("namespaces");
        foreach (string type in Namespaces)
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteStrings(json, "maskedPaths", MaskedPaths);
        WriteStrings(json, "readonlyPaths", ReadonlyPaths);
        json.WriteEndObject();
    }

    public static void WriteStrings(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
