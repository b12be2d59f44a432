using System.Globalization;
using System.Runtime.Versioning;
using Oci.Rootfs.Errors;

namespace Oci.Rootfs.Os;

/// <summary>
/// The privileges of this process, as the kernel reports them: root in a container often lacks some (capabilities(7), user_namespaces(7)).
/// </summary>
/// <param name="HasChown">CAP_CHOWN.</param>
/// <param name="MapsIds">Whether every id that images use in practice has a counterpart outside this user namespace.</param>
/// <param name="Mknod">CAP_MKNOD.</param>
/// <param name="SetFileCapabilities">CAP_SETFCAP.</param>
/// <param name="Admin">CAP_SYS_ADMIN.</param>
/// <param name="UserId">The effective user id.</param>
/// <param name="GroupId">The effective group id.</param>
internal sealed record Privileges(bool HasChown, bool MapsIds, bool Mknod, bool SetFileCapabilities, bool Admin, uint UserId, uint GroupId)
{
    private const int CapDacOverride = 1, CapDacReadSearch = 2;

    private const int CapChown = 0, CapSysAdmin = 21, CapMknod = 27, CapSetFcap = 31;

    /// <summary>The number of ids that images use in practice.</summary>
    private const long IdsNeeded = 65536;

    /// <summary>
    /// CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH: whether no mode keeps this process out. It is no part of a key, because it changes no output.
    /// </summary>
    internal bool ReadsAll { get; private init; }

    /// <summary>CAP_DAC_OVERRIDE: whether no mode keeps this process from changing a directory.</summary>
    internal bool WritesAll { get; private init; }

    public bool Chown => HasChown && MapsIds;

    /// <exception cref="OciException">The kernel's files can't be read.</exception>
    [SupportedOSPlatform("linux")]
    public static Privileges Current()
    {
        ulong effective = EffectiveCapabilities();
        bool Has(int capability) => (effective >> capability & 1) != 0;
        bool mapped = Maps("/proc/self/uid_map") && Maps("/proc/self/gid_map");
        return new Privileges(Has(CapChown), mapped, Has(CapMknod), Has(CapSetFcap), Has(CapSysAdmin), Linux.EffectiveUserId(), Linux.EffectiveGroupId())
        {
            ReadsAll = Has(CapDacOverride) || Has(CapDacReadSearch),
            WritesAll = Has(CapDacOverride),
        };
    }

    private static ulong EffectiveCapabilities()
    {
        const string Status = "/proc/self/status";
        foreach (string line in ProcFile.Lines(Status))
        {
            if (line.StartsWith("CapEff:", StringComparison.Ordinal) && ulong.TryParse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong capabilities))
                return capabilities;
        }
        throw DiskErrors.NoProc(Status, null);
    }

    /// <summary>True when the ids 0 to 65535 have counterparts outside. Lines are "inside outside count", in any order.</summary>
    private static bool Maps(string file)
    {
        // A kernel without user namespaces has no such file.
        if (!File.Exists(file))
            return true;
        List<IdRange> ranges = [];
        foreach (string line in ProcFile.Lines(file))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length != 3 || !long.TryParse(fields[0], CultureInfo.InvariantCulture, out long inside) || !long.TryParse(fields[2], CultureInfo.InvariantCulture, out long count))
                throw DiskErrors.NoProc(file, null);
            ranges.Add(new IdRange(inside, count));
        }
        long next = 0;
        ranges.Sort(static (a, b) => a.First.CompareTo(b.First));
        foreach ((long first, long count) in ranges)
        {
            if (first > next)
                break;
            next = Math.Max(next, first + count);
        }
        return next >= IdsNeeded;
    }

    private sealed record IdRange(long First, long Count);
}
