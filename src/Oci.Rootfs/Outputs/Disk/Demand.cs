using System.Globalization;
using System.Runtime.Versioning;
using Oci.Rootfs.Tar;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// One thing that a tree needs and that this process could not set there. The next trial includes it, because the kernel may allow one
/// device number or owner and refuse another.
/// </summary>
/// <param name="Kind">The kind that the system refused.</param>
/// <param name="First">The user, the device's major number, or the mode.</param>
/// <param name="Second">The group, or the device's minor number.</param>
/// <param name="Block">True for a block device.</param>
[SupportedOSPlatform("linux")]
internal sealed record Demand(Settable Kind, uint First, uint Second = 0, bool Block = false)
{
    /// <summary>For a kind that can't be set at all, or whose numbers don't matter.</summary>
    public static Demand Any(Settable kind) => new(kind, uint.MaxValue, uint.MaxValue);

    /// <summary>False where the kind alone says everything.</summary>
    public bool HasNumbers => this != Any(Kind);

    public static Demand Owner(uint uid, uint gid) => new(Settable.Owners, uid, gid);

    public static Demand Device(EntryKind kind, uint major, uint minor) => new(Settable.Devices, major, minor, kind == EntryKind.BlockDevice);

    public static Demand Mode(uint mode) => new((mode & OwnershipPolicy.SetIdBits) != 0 ? Settable.SetIds : Settable.Modes, mode);

    /// <summary>The words for messages.</summary>
    public string What => Kind switch
    {
        Settable.Modes => HasNumbers ? $"the mode {Convert.ToString(First, 8)}" : "modes",
        Settable.Times => "times",
        Settable.UserXattrs => "user.* attributes",
        Settable.Owners when !HasNumbers => "owners",
        Settable.Owners => string.Create(CultureInfo.InvariantCulture, $"the owner {First}:{Second}"),
        Settable.SetIds when !HasNumbers => "setuid and setgid bits",
        Settable.SetIds => $"the setuid and setgid bits of the mode {Convert.ToString(First, 8)}",
        Settable.Acls => "POSIX ACLs",
        Settable.Devices when !HasNumbers => "devices",
        Settable.Devices => string.Create(CultureInfo.InvariantCulture, $"the {(Block ? "block" : "character")} device {First}:{Second}"),
        Settable.TrustedXattrs => "trusted.* attributes",
        Settable.SecurityXattrs => "security.* attributes",
        _ => "file capabilities",
    };

    /// <summary>The form that the state file keeps.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {First} {Second} {Block}");

    /// <summary>Null for a text that <see cref="ToString"/> never writes.</summary>
    public static Demand? Parse(string text) => text.Split(' ') is [var kind, var first, var second, var block]
        && Enum.TryParse(kind, out Settable parsed) && Enum.IsDefined(parsed)
        && uint.TryParse(first, CultureInfo.InvariantCulture, out uint a) && uint.TryParse(second, CultureInfo.InvariantCulture, out uint b)
        && bool.TryParse(block, out bool isBlock)
        ? new Demand(parsed, a, b, isBlock)
        : null;
}
