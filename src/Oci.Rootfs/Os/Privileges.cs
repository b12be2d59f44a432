using System.Globalization;

namespace Oci.Rootfs.Os;

/// <summary>What this process may do, as the kernel says: root in a container is often not root (capabilities(7), user_namespaces(7)).</summary>
internal sealed record Privileges(bool Chown, bool Mknod, bool SetFileCapabilities, bool Admin, uint UserId, uint GroupId)
{
    private const int CapChown = 0, CapSysAdmin = 21, CapMknod = 27, CapSetFcap = 31;

    /// <summary>Every id that images use in practice.</summary>
    private const long IdsNeeded = 65536;

    public static Privileges Current()
    {
        ulong effective = EffectiveCapabilities();
        bool Has(int capability) => (effective >> capability & 1) != 0;
        bool mapped = Maps("/proc/self/uid_map") && Maps("/proc/self/gid_map");
        return new Privileges(Has(CapChown) && mapped, Has(CapMknod), Has(CapSetFcap), Has(CapSysAdmin), Linux.EffectiveUserId(), Linux.EffectiveGroupId());
    }

    private static ulong EffectiveCapabilities()
    {
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("CapEff:", StringComparison.Ordinal))
                return ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
        return 0;
    }

    /// <summary>True when the ids 0 to 65535 have a counterpart outside; lines are "inside outside count", in any order.</summary>
    private static bool Maps(string file)
    {
        List<IdRange> ranges = [];
        foreach (string line in File.ReadLines(file))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            ranges.Add(new IdRange(long.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[2], CultureInfo.InvariantCulture)));
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
