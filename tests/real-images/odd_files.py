#!/usr/bin/env python3
"""Makes in a root filesystem what Debian's packages don't bring: `odd_files.py STEP ROOT`, run as root.

  devices   device nodes, FIFOs, and what `replace` and `back` work on
  names     names, modes, attributes and times at their limits
  replace   directories become files and links, files and links become directories
  back      ... and back again
  pax, gnu, bsd, implied  the content of a layer for GNU tar or bsdtar to pack, whiteouts included
"""

import os
import stat
import struct
import sys

NOW = 1_700_000_000 * 10**9


def main():
    step, root = sys.argv[1:]
    os.umask(0)
    os.chdir(root)
    {"devices": devices, "names": names, "replace": replace, "back": back, "pax": pax, "gnu": gnu,
     "bsd": bsd, "implied": implied}[step]()


def write(path, content=b"content\n", mode=0o644, uid=0, gid=0, time=NOW):
    with open(path, "wb") as stream:
        stream.write(content)
    settle(path, mode, uid, gid, time)


def directory(path, mode=0o755, uid=0, gid=0, time=None):
    os.makedirs(path, exist_ok=True)
    settle(path, mode, uid, gid, time)


def settle(path, mode, uid, gid, time):
    os.lchown(path, uid, gid)
    os.chmod(path, mode)
    if time is not None:
        os.utime(path, ns=(time, time), follow_symlinks=False)


def node(path, kind, major=0, minor=0, mode=0o660, uid=0, gid=6):
    os.mknod(path, kind | mode, os.makedev(major, minor))
    settle(path, mode, uid, gid, NOW)


def symlink(target, path, uid=0, gid=0, time=NOW):
    os.symlink(target, path)
    os.lchown(path, uid, gid)
    os.utime(path, ns=(time, time), follow_symlinks=False)


def attribute(path, name, value):
    os.setxattr(path, name, value, follow_symlinks=False)


def acl(entries):
    """The kernel's binary form of a POSIX ACL: (tag, permissions, id) each, tags 1 2 4 8 16 32 as in acl(5)."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NOBODY = 0xFFFFFFFF
ACCESS = acl([(1, 6, NOBODY), (2, 4, 1000), (4, 4, NOBODY), (16, 6, NOBODY), (32, 0, NOBODY)])
DEFAULT = acl([(1, 7, NOBODY), (4, 5, NOBODY), (8, 7, 44), (16, 7, NOBODY), (32, 5, NOBODY)])
# cap_net_bind_service+ep, revision 2 of struct vfs_cap_data
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)


def devices():
    directory("srv/nodes", 0o750)
    node("srv/nodes/disk", stat.S_IFBLK, 8, 17)
    node("srv/nodes/null", stat.S_IFCHR, 1, 3, 0o666, 0, 0)
    node("srv/nodes/big", stat.S_IFCHR, 511, 1048575, 0o600, 7, 8)
    node("srv/nodes/zero", stat.S_IFCHR, 0, 0, 0o600)
    node("srv/nodes/pipe", stat.S_IFIFO, mode=0o622, uid=33, gid=33)
    node("srv/nodes/gone", stat.S_IFBLK, 7, 0)
    os.link("srv/nodes/null", "srv/nodes/null-again")
    os.link("srv/nodes/pipe", "srv/nodes/pipe-again")

    for name in ("dir-file", "dir-link", "dir-empty", "dir-fifo"):
        directory(f"srv/turn/{name}/deep/er")
        write(f"srv/turn/{name}/one")
        write(f"srv/turn/{name}/deep/er/two", b"two" * 9000, 0o600, 1, 2)
    write("srv/turn/file-dir", b"a file\n", 0o640)
    symlink("dir-file/deep", "srv/turn/link-dir")
    symlink("nowhere/at/all", "srv/turn/dangling-dir")
    directory("srv/groups")
    for group in ("kept", "broken", "half"):
        write(f"srv/groups/{group}-1", group.encode() * 1000, 0o4755 if group == "kept" else 0o644)
        os.link(f"srv/groups/{group}-1", f"srv/groups/{group}-2")
        os.link(f"srv/groups/{group}-1", f"srv/groups/{group}-3")
    directory("srv/emptied/sub", 0o700)
    write("srv/emptied/old")
    write("srv/emptied/sub/older")
    symlink("kept-1", "srv/groups/link-1")
    os.link("srv/groups/link-1", "srv/groups/link-2", follow_symlinks=False)


def names():
    directory("srv/names")
    for name in (b"caf\xc3\xa9", b"latin-\xe9\xff\xfe", b"new\nline", b"tab\tand space ", b"back\\slash\\012",
                 b"#hash=*?[x]", b"\x01\x7f", b"%41$(x);@(y)", b"n" * 255, b"-rf", b"..."):
        write(b"srv/names/" + name, name)
    symlink(b"to\n\xe9\\", b"srv/names/link-\xe9\n")
    symlink("/absolute/../odd//", "srv/names/absolute")
    symlink("t" * 4000, "srv/names/long-target")
    deep = "srv/names/" + "/".join(["a-directory-of-thirty-characters"[:30]] * 40)
    directory(deep)
    write(deep + "/bottom", b"deep down\n")

    directory("srv/modes")
    for mode in (0o000, 0o111, 0o222, 0o444, 0o777, 0o1644, 0o2755, 0o4711, 0o6755, 0o7777):
        write(f"srv/modes/file-{mode:04o}", mode=mode, uid=1000 + mode % 7, gid=2000)
    for mode in (0o000, 0o111, 0o555, 0o700, 0o1777, 0o2775, 0o3770, 0o4755):
        directory(f"srv/modes/dir-{mode:04o}")
        write(f"srv/modes/dir-{mode:04o}/inside")
        settle(f"srv/modes/dir-{mode:04o}", mode, 0, 50, NOW)
    write("srv/modes/high-ids", uid=4_000_000_000, gid=2**31)
    symlink("high-ids", "srv/modes/owned-link", 1000, 1001, 10**9)

    directory("srv/xattrs")
    write("srv/xattrs/user")
    attribute("srv/xattrs/user", "user.empty", b"")
    attribute("srv/xattrs/user", "user.binary", bytes(range(256)))
    attribute("srv/xattrs/user", "user.with space", b"v=1\n")
    attribute("srv/xattrs/user", "user.caf\u00e9", b"name")
    write("srv/xattrs/read-only", mode=0o444, uid=9)
    attribute("srv/xattrs/read-only", "user.on", b"read-only")
    os.chmod("srv/xattrs/read-only", 0o444)
    write("srv/xattrs/capable", b"\x7fELF", 0o755)
    attribute("srv/xattrs/capable", "security.capability", CAPABILITY)
    os.link("srv/xattrs/capable", "srv/xattrs/capable-again")
    write("srv/xattrs/acl", mode=0o660)
    attribute("srv/xattrs/acl", "system.posix_acl_access", ACCESS)
    directory("srv/xattrs/acl-dir", 0o775)
    attribute("srv/xattrs/acl-dir", "system.posix_acl_default", DEFAULT)
    attribute("srv/xattrs/acl-dir", "user.on", b"directory")
    write("srv/xattrs/trusted")
    attribute("srv/xattrs/trusted", "trusted.test", b"\x00\xff")
    symlink("user", "srv/xattrs/link")
    attribute("srv/xattrs/link", "trusted.on", b"link")

    directory("srv/times")
    for name, time in (("epoch", 0), ("before", -1_000_000_000 * 10**9), ("after-2038", 4_294_967_296 * 10**9),
                       ("old", 86_400 * 10**9)):
        write(f"srv/times/{name}", time=time)
        directory(f"srv/times/{name}-dir", time=time)
    symlink("epoch", "srv/times/link", time=1)

    directory("srv/sizes")
    write("srv/sizes/empty", b"")
    write("srv/sizes/block", b"b" * 512)
    write("srv/sizes/block-1", b"b" * 511)
    sparse("srv/sizes/sparse", 64)


def sparse(path, megabytes):
    with open(path, "wb") as stream:
        stream.write(b"head")
        stream.seek(megabytes << 19)
        stream.write(b"middle" * 1000)
        stream.truncate(megabytes << 20)
    settle(path, 0o644, 0, 0, NOW)


def replace():
    os.chdir("srv/turn")
    os.system("rm -r dir-file dir-link dir-empty dir-fifo file-dir link-dir dangling-dir")
    write("dir-file", b"was a directory\n", 0o600)
    directory("elsewhere")
    write("elsewhere/one")
    symlink("elsewhere", "dir-link")
    directory("dir-empty", 0o711, 3, 4)
    node("dir-fifo", stat.S_IFIFO)
    for name in ("file-dir", "link-dir", "dangling-dir"):
        directory(f"{name}/now")
        write(f"{name}/now/inside")
    os.chdir("../groups")
    os.link("kept-1", "kept-4")
    os.unlink("broken-2")
    write("broken-2", b"on its own now\n")
    os.unlink("half-1")
    os.chdir("../nodes")
    os.unlink("gone")
    os.chmod("disk", 0o600)
    os.unlink("null-again")
    # A link to a directory that replaces a real one of Debian's, with its content gone.
    os.chdir("../..")
    os.system("rm -rf usr/share/zoneinfo usr/share/doc/bash && mkdir -p usr/share/doc")
    symlink("../dash", "usr/share/doc/bash")


def back():
    os.chdir("srv/turn")
    os.system("rm -r dir-file dir-link dir-fifo file-dir link-dir dangling-dir")
    for name in ("dir-file", "dir-link", "dir-fifo"):
        directory(f"{name}/deep")
        write(f"{name}/deep/again")
    write("file-dir", b"a file again\n", 0o604)
    symlink("dir-file/deep", "link-dir")
    symlink("still/nowhere", "dangling-dir")
    os.chdir("../xattrs")
    os.removexattr("user", "user.binary")
    attribute("user", "user.empty", b"no more")
    os.removexattr("acl-dir", "system.posix_acl_default")
    os.chdir("../..")
    os.unlink("usr/share/doc/bash")
    directory("usr/share/doc/bash")
    write("usr/share/doc/bash/README", b"back\n")


def pax():
    """Nanoseconds, holes and binary attributes, because umoci's own layers lose them; and whiteouts beside new files."""
    directory("srv/pax")
    for number, time in enumerate((1, 999_999_999, -1, -1_500_000_000, NOW + 123_456_789, 7_258_118_400 * 10**9 + 1)):
        write(f"srv/pax/time-{number}", time=time)
        directory(f"srv/pax/time-{number}-dir", time=time)
    sparse("srv/pax/sparse", 40)
    with open("srv/pax/all-hole", "wb") as stream:
        stream.truncate(3_000_001)
    write("srv/pax/attributes")
    attribute("srv/pax/attributes", "user.binary", b"\x00\n=\xff" * 20)
    attribute("srv/pax/attributes", "trusted.x", b"t")
    write("srv/pax/capable", mode=0o755)
    attribute("srv/pax/capable", "security.capability", CAPABILITY)
    os.link("srv/pax/capable", "srv/pax/capable-link")
    write(b"srv/pax/latin-\xe9-" + b"x" * 120, b"long and not UTF-8\n")
    symlink(b"\xe9" * 200, "srv/pax/long-link")
    # The marker empties the lower directory. The entries beside it stay.
    directory("srv/emptied", 0o1777, 5, 5, NOW + 5)
    write("srv/emptied/.wh..wh..opq", b"")
    write("srv/emptied/old", b"of the upper layer\n")
    directory("srv/turn", 0o755, time=NOW + 6)
    write("srv/turn/.wh.elsewhere", b"")
    write("srv/turn/.wh.never-was", b"")
    write("srv/turn/.wh.file-dir", b"")
    directory("srv/turn/file-dir", time=NOW)
    write("srv/turn/file-dir/same-layer")
    settle("srv", 0o755, 0, 0, NOW + 7)
    settle(".", 0o755, 0, 0, NOW + 8)


def gnu():
    """GNU tar's own format: long names and links in L and K entries, base-256 numbers, old sparse files."""
    directory("srv/gnu")
    long = "srv/gnu/" + "/".join(["directory-with-a-long-name"] * 12)
    directory(long)
    write(long + "/" + "f" * 200, b"long\n")
    os.link(long + "/" + "f" * 200, "srv/gnu/hardlink-to-long")
    symlink("l" * 300, "srv/gnu/long-link")
    write("srv/gnu/high-ids", uid=3_000_000_000, gid=4_000_000_000)
    write("srv/gnu/before-1970", time=-86_400 * 10**9)
    write("srv/gnu/far", time=10_000_000_000 * 10**9)
    for number in range(30):  # more holes than one header holds
        with open("srv/gnu/holes", "ab") as stream:
            stream.seek((number + 1) << 17)
            stream.truncate((number + 1) << 17)
            stream.write(b"%d" % number * 5000)
    settle("srv/gnu/holes", 0o644, 0, 0, NOW)
    node("srv/gnu/device", stat.S_IFBLK, 259, 70000)
    node("srv/gnu/fifo", stat.S_IFIFO)
    settle("srv", 0o755, 0, 0, NOW + 9)


def bsd():
    """libarchive's own records: attributes twice, in two encodings, and ACLs as text."""
    directory("srv/bsd", time=NOW)
    write("srv/bsd/attributes", time=NOW + 987_654_321)
    attribute("srv/bsd/attributes", "user.text", b"value")
    attribute("srv/bsd/attributes", "user.binary", b"\x00\n=\xff" * 33)
    write("srv/bsd/capable", mode=0o755)
    attribute("srv/bsd/capable", "security.capability", CAPABILITY)
    os.link("srv/bsd/capable", "srv/bsd/capable-link")
    sparse("srv/bsd/sparse", 16)
    write(b"srv/bsd/caf\xc3\xa9-" + b"y" * 150, uid=5_000_000)
    symlink(b"t" * 500, "srv/bsd/long-link")
    write("srv/bsd/.wh.absent", b"")
    node("srv/bsd/device", stat.S_IFCHR, 10, 200)
    # A directory entry over a link to a directory.
    directory("srv/turn/link-dir", 0o700)
    write("srv/turn/link-dir/own")


def implied():
    """Files whose directories are not in the layer: some are new, one is a link below."""
    for path in ("srv/implied/deep/file", "bin/through-link", "srv/names/beside"):
        directory(os.path.dirname(path))
        write(path)


if __name__ == "__main__":
    main()
