using Oci.Images;
using Oci.Rootfs.Tests.Extraction;
using Oci.Rootfs.Tests.Faults;
using static Oci.Images.Tars;

namespace Oci.Rootfs.Tests.Hostile;

/// <summary>
/// Confinement, read off the system calls. Every name in the images begins with <c>Zq-</c>, as nothing else on this machine does: so every
/// call that an image has a word in is known, and held to what <c>docs/security.md</c> promises.
/// </summary>
public sealed class SystemCallTests : IDisposable
{
    private readonly Attack _attack = new();

    public static TheoryData<bool, bool> Cases => new() { { true, true }, { true, false }, { false, true }, { false, false } };

    public void Dispose() => _attack.Dispose();

    private static byte[] Acl { get; } =
    [
        2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 12, 0, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255,
    ];

    private static byte[] Capability { get; } = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>What every name in the images begins with, and no random name of a temporary directory contains.</summary>
    private const string InImages = "Zq-";

    private static Image Honest { get; } = Image.Of(
        Of(
            Dir("Zq-d", mode: "0555", uid: 1), Dir("Zq-d/Zq-e"), File("Zq-d/Zq-e/Zq-f", "1", mode: "4755", uid: 12), File("Zq-large", TarContent.Generated(300_000)), Symlink("Zq-l", "Zq-d"),
            File("Zq-old", new string('x', 100_000)), File("Zq-gone/Zq-f", "x"), Fifo("Zq-p"), CharDevice("Zq-null", 1, 3), Symlink("Zq-dangling", "/Zq-nowhere")),
        Of(
            Hardlink("Zq-h", "Zq-l/Zq-e/Zq-f", mode: "0400"), File("Zq-l/Zq-e/Zq-f", "2"), File("Zq-old", "2"), Whiteout("Zq-gone"), Hardlink("Zq-p2", "Zq-p", mode: "0600"),
            File("Zq-meta", "m", mode: "0444", uid: 12, gid: 34) with
            {
                Xattrs = [Xattr("security.capability", Capability), Xattr("trusted.t", "1"), Xattr("system.posix_acl_access", Acl), Xattr("user.b", "1"), Xattr("user.a", "1")],
            })).For(null);

    private Image Hostile => Image.Of(
        Of(
            Dir("Zq-d"), Symlink("Zq-d", _attack.Canary + "/dir"), File("Zq-d/inside", "evil"), Symlink("Zq-up", "../../canary/dir"), Symlink("Zq-r", "/"),
            File("Zq-r/Zq-x/Zq-y", "evil"), Symlink("Zq-p", "/proc/self/fd/1"), CharDevice("Zq-zero", 1, 5), Fifo("Zq-fifo")),
        Of(
            File("Zq-up/sub/Zq-f", "evil", mode: "6777"), Dir("Zq-up/sub", mode: "0777", uid: 12), Whiteout("Zq-up/inside"), Opaque("Zq-d"), Hardlink("Zq-h", "Zq-p", mode: "0777"),
            File("Zq-p", "evil", mode: "0777"), File("Zq-zero", "evil"), File("Zq-fifo", "evil"), Symlink("Zq-d/Zq-l", _attack.Canary))).For(null);

    private List<SystemCall> Trace(bool asRoot, bool hostile)
    {
        Strace.SkipUnlessUsable();
        Assert.SkipWhen(asRoot && !Command.IsRoot, "needs root");
        IReadOnlyList<string> user = asRoot ? [] : Command.AsUser;
        Command.Run("chmod", "-R", "a+rwX", _attack.S.Place);
        IReadOnlyList<string> before = _attack.Outside();
        List<SystemCall> calls = [];
        string log = _attack.S["image.tar.strace"];
        // Made, replaced by the other one, cleaned.
        foreach (Image image in (Image[])[hostile ? Hostile : Honest, hostile ? Honest : Hostile])
        {
            _attack.S.With(image);
            calls.AddRange(SystemCall.Trace(
                user, log, "extract", _attack.S.Image, _attack.S.Rootfs, "--json", _attack.S.Json, "--props", _attack.S.Props, "--mtree", _attack.S.Record));
            System.IO.File.Delete(log);
        }
        calls.AddRange(SystemCall.Trace(user, log, "clean", _attack.S.Rootfs));
        Assert.Equal(before, _attack.Outside());
        return calls;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_name_of_an_image_is_a_path(bool asRoot, bool hostile)
    {
        List<SystemCall> calls = Trace(asRoot, hostile);

        SystemCall[] named = [.. calls.Where(static c => c.Name is not ("write" or "pwrite64") && c.Handed.Contains(InImages, StringComparison.Ordinal))];
        Assert.True(named.Length > 50, $"{named.Length} calls");
        foreach (SystemCall call in named)
        {
            Assert.True(
                call.Name is "openat" or "openat2" or "mkdirat" or "symlinkat" or "linkat" or "mknodat" or "unlinkat" or "renameat" or "fchownat" or "utimensat" or "statx",
                call.ToString());
            Assert.DoesNotContain("AT_FDCWD", call.Arguments, StringComparison.Ordinal);
            // A symlink's target is data; all else is one component below a handle.
            Assert.All(call.Name == "symlinkat" ? call.Strings.Skip(1) : call.Strings, name => Assert.DoesNotContain('/', name));
            Assert.All(call.Strings.Skip(call.Name == "symlinkat" ? 1 : 0), name => Assert.NotEqual("..", name));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_call_follows_a_link_at_a_name_of_an_image(bool asRoot, bool hostile)
    {
        List<SystemCall> calls = Trace(asRoot, hostile);

        foreach (SystemCall call in calls.Where(static c => c.Handed.Contains(InImages, StringComparison.Ordinal)))
        {
            bool holds = call.Name switch
            {
                "openat" => call.Has("O_NOFOLLOW") && call.Has("O_CLOEXEC") && (!call.Has("O_CREAT") || call.Has("O_EXCL")),
                "openat2" => call.Has("RESOLVE_NO_SYMLINKS") && call.Has("RESOLVE_BENEATH") && call.Has("RESOLVE_NO_XDEV") && call.Has("O_NOFOLLOW") && call.Has("O_CLOEXEC"),
                "fchownat" or "utimensat" or "statx" => call.Has("AT_SYMLINK_NOFOLLOW"),
                "linkat" => !call.Has("AT_SYMLINK_FOLLOW"),
                _ => true,
            };
            Assert.True(holds, call.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_tree_is_private_until_all_in_it_is_done(bool asRoot, bool hostile)
    {
        List<SystemCall> calls = Trace(asRoot, hostile);
        SystemCall[] first = [.. calls.Take(calls.Index().Where(static c => c.Item.Name == "execve").Skip(1).First().Index)];

        Assert.Contains(first, static c => c.Name == "mkdirat" && c.Handed.Contains(".rootfs.oci-new", StringComparison.Ordinal) && c.Has("0700"));
        int opened = Array.FindLastIndex(first, static c => c.Name == "fchmod" && c.File?.EndsWith("/.rootfs.oci-new", StringComparison.Ordinal) == true);
        int lastInside = Array.FindLastIndex(first, static c => c.File?.Contains("/.rootfs.oci-new", StringComparison.Ordinal) == true
            && (c.Name is "mkdirat" or "symlinkat" or "mknodat" or "linkat" or "pwrite64" or "fchown" or "fsetxattr" || c.Has("O_CREAT")));
        Assert.InRange(opened, lastInside + 1, int.MaxValue);
        Assert.All(first[..opened].Where(static c => c.Name == "fchmod" && c.File?.EndsWith("/.rootfs.oci-new", StringComparison.Ordinal) == true), static c => Assert.True(c.Has("0700"), c.ToString()));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_link_stands_in_the_tree_while_contents_are_written(bool asRoot, bool hostile)
    {
        List<SystemCall> calls = Trace(asRoot, hostile);
        int replaced = calls.Index().Last(static c => c.Item.Name == "execve").Index;

        bool linked = false;
        int written = 0;
        foreach (SystemCall call in calls.Take(replaced))
        {
            // The second extraction begins with its own empty staging tree.
            if (call.Name == "mkdirat" && call.Handed.Contains(".rootfs.oci-new", StringComparison.Ordinal))
                linked = false;
            linked |= call.Name is "symlinkat" or "mknodat" && call.Handed.Contains(InImages, StringComparison.Ordinal);
            bool content = call.Name is "write" or "pwrite64" or "ftruncate" && call.File?.Contains("/.rootfs.oci-", StringComparison.Ordinal) == true && !call.File.Contains("/.rootfs.oci-state", StringComparison.Ordinal);
            written += content ? 1 : 0;
            Assert.False(linked && content, call.ToString());
        }
        Assert.True(written >= 6, $"{written} writes");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Modes_and_attributes_are_set_through_handles_alone(bool asRoot, bool hostile)
    {
        List<SystemCall> calls = Trace(asRoot, hostile);

        string[] byPath = ["chmod", "fchmodat", "fchmodat2", "chown", "lchown", "setxattr", "lsetxattr", "utime", "utimes", "truncate"];
        foreach (SystemCall call in calls.Where(c => byPath.Contains(c.Name)))
            Assert.True(call.Strings[0].StartsWith("/proc/self/fd/", StringComparison.Ordinal) || !call.Handed.Contains(_attack.S["out"], StringComparison.Ordinal), call.ToString());
        // And a descriptor is never handed on to a process that the build starts meanwhile.
        Assert.DoesNotContain(calls, static c => c.Name == "dup" && c.File?.Contains("oci-rootfs-test", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(calls, c => c.Name is "open" or "openat" && !c.Has("O_CLOEXEC") && c.Arguments.Contains(_attack.S.Place, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Owner_attributes_mode_and_times_are_set_in_their_order_rule_70(bool asRoot)
    {
        List<SystemCall> calls = Trace(asRoot, hostile: false);

        string[] order = [.. calls.Where(static c => c.File?.EndsWith("/Zq-meta", StringComparison.Ordinal) == true).Select(static c => c.Name == "fsetxattr" ? c.Strings[0] : c.Name)];
        string[] expected = asRoot
            ? ["pwrite64", "fchown", "user.a", "user.b", "fchmod", "system.posix_acl_access", "trusted.t", "security.capability", "utimensat", "statx"]
            : ["pwrite64", "user.a", "user.b", "fchmod", "utimensat", "statx"];
        Assert.Equal(expected, order);
    }
}
