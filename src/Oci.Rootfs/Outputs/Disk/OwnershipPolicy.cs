using System.Globalization;
using System.Runtime.Versioning;
using Oci.Rootfs.Tar;
using Oci.Rootfs.Tree;

namespace Oci.Rootfs.Outputs.Disk;

/// <summary>
/// Decides which kinds of metadata the disk has and which only the mtree file has. One decision holds for a whole tree, because a tree with
/// some of its owners would look true. The write-ahead and the materialiser both ask here, so they agree.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class OwnershipPolicy
{
    /// <summary>setuid and setgid.</summary>
    public const uint SetIdBits = 0b110_000_000_000; // 06000

    /// <summary>The number of kinds. <c>Enum.GetValues</c> would tell it too, but the runtime would compile code for it in each build.</summary>
    public const int Kinds = (int)Settable.FileCapabilities + 1;

    private readonly string?[] _whyNot;

    /// <param name="whyNot">By <see cref="Settable"/>: the reason why the kind can't be set; null where it can.</param>
    public OwnershipPolicy(IReadOnlyList<string?> whyNot)
    {
        _whyNot = [.. whyNot];
        // Under a wrong owner, set-ID bits and ACLs would grant rights that the image does not grant.
        _whyNot[(int)Settable.SetIds] ??= whyNot[(int)Settable.Owners] ?? whyNot[(int)Settable.Modes];
        _whyNot[(int)Settable.Acls] ??= whyNot[(int)Settable.Owners];
        Owners = Can(Settable.Owners);
        Modes = Can(Settable.Modes);
        SetIds = Can(Settable.SetIds);
    }

    public bool Owners { get; }

    /// <summary>False on a file system whose files have modes that can't be changed.</summary>
    public bool Modes { get; }

    public bool SetIds { get; }

    public required bool MakeWritable { get; init; }

    /// <summary>The metadata that a new node has before the engine sets any.</summary>
    public required NewNode Made { get; init; }

    public required TimeRange Times { get; init; }

    public bool Can(Settable kind) => _whyNot[(int)kind] is null;

    public string? WhyNot(Settable kind) => _whyNot[(int)kind];

    /// <summary>
    /// Two trees with the same form, and the same merged nodes, are the same on disk. Without owners, the builder's own are part of it.
    /// </summary>
    public string Form
    {
        get
        {
            System.Text.StringBuilder form = new();
            for (Settable kind = 0; (int)kind < Kinds; kind++)
                form.Append(Can(kind) ? '+' : '-');
            form.Append(string.Create(CultureInfo.InvariantCulture, $" {MakeWritable} {Times.Earliest} {Times.Latest} {Times.Fractions}"));
            if (!Owners)
                form.Append(string.Create(CultureInfo.InvariantCulture, $" {Made.Uid}:{Made.Gid}"));
            return form.ToString();
        }
    }

    /// <summary>The policy with a <see cref="Form"/>; null for a text that is none.</summary>
    public static OwnershipPolicy? OfForm(string form)
    {
        string[] words = form.Split(' ');
        if (words.Length < 5 || words[0].Length != Kinds || !bool.TryParse(words[1], out bool makeWritable) || !bool.TryParse(words[4], out bool fractions)
            || !long.TryParse(words[2], CultureInfo.InvariantCulture, out long earliest) || !long.TryParse(words[3], CultureInfo.InvariantCulture, out long latest) || earliest > latest)
            return null;
        string?[] whyNot = new string?[Kinds];
        for (int kind = 0; kind < Kinds; kind++)
            whyNot[kind] = words[0][kind] == '+' ? null : "it was only recorded";
        NewNode made = default;
        if (words.Length > 5 && words[5].Split(':') is [var uid, var gid] && uint.TryParse(uid, CultureInfo.InvariantCulture, out uint user) && uint.TryParse(gid, CultureInfo.InvariantCulture, out uint group))
            made = new NewNode(user, group, 0, GivesMode: false);
        return new OwnershipPolicy(whyNot) { MakeWritable = makeWritable, Made = made, Times = new TimeRange(earliest, latest, fractions) };
    }

    public OwnershipPolicy Without(Settable kind, string why)
    {
        string?[] whyNot = [.. _whyNot];
        whyNot[(int)kind] = why;
        return new OwnershipPolicy(whyNot) { MakeWritable = MakeWritable, Made = Made, Times = Times };
    }

    /// <summary>
    /// The mode on disk: without setuid and setgid where they can't be set, with <c>u+rwX</c> where the user asked for it.
    /// </summary>
    public uint Mode(EntryKind kind, uint mode)
    {
        if (!SetIds)
            mode &= ~SetIdBits;
        if (MakeWritable && kind is EntryKind.File or EntryKind.Directory)
        {
            mode |= 0b110_000_000; // u+rw
            if (kind == EntryKind.Directory || (mode & 0b001_001_001) != 0)
                mode |= 0b001_000_000; // u+x
        }
        return mode;
    }

    public bool Sets(XattrKind xattr, EntryKind on) => xattr.Needs(on) is { } kind && Can(kind);

    /// <summary>False for a device that only the mtree file has.</summary>
    public bool Makes(Inode inode) => inode.Kind is not (EntryKind.CharacterDevice or EntryKind.BlockDevice) || (Can(Settable.Devices) && HasLinuxNumbers(inode));

    /// <summary>Linux has 12 bits for a device's major number and 20 for the minor one.</summary>
    public static bool HasLinuxNumbers(Inode device) => device.DeviceMajor < 1 << 12 && device.DeviceMinor < 1 << 20;
}
