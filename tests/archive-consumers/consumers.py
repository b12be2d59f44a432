"""The programs that take archives of a tree: each with the call that its users make, and with everything that it is known to lose.

`losses` change the tree that ought to be there into the one that a consumer makes of it. The checks demand exactly that one. So a consumer
that loses less than it did fails too, and the table in docs/archive.md needs a change.
"""

import contextlib
import dataclasses
import decimal
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tarfile
import tempfile
import time
import typing

SECOND = 1_000_000_000
NAMESPACE, IDS = 100_000, 65_536  # where Proxmox has an unprivileged container's ids
ACCESS, DEFAULT, CAPABILITY = b"system.posix_acl_access", b"system.posix_acl_default", b"security.capability"

# What GNU tar says of times and names that it takes all the same.
HARMLESS = re.compile(r"implausibly old time stamp|time stamp .* in the future|unknown extended header keyword 'hdrcharset'|Total bytes read")


class Failed(Exception):
    """The consumer did something else than it should."""


class Absent(Exception):
    """The consumer can't run on this machine."""


@dataclasses.dataclass
class Archives:
    """One tree as .tar, .tar.gz and .tar.zst, and a directory for whatever else a consumer needs."""

    tar: pathlib.Path
    work: pathlib.Path

    @property
    def gzip(self):
        return self.tar.with_name(self.tar.name + ".gz")

    @property
    def zstd(self):
        return self.tar.with_name(self.tar.name + ".zst")

    @property
    def image(self):
        return self.tar.with_name(self.tar.stem + ".image.tar")


def run(*command, ends=0, says=None, **options):
    """Runs a program. Its exit code must be `ends`, and each line of its errors must match `says` (nothing may be said for None)."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600,
                          env=os.environ | {"LC_ALL": "C"}, **{"stdin": subprocess.DEVNULL} | options)
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    strange = [line for line in lines if says is None or not re.search(says, line)]
    if done.returncode != ends or strange:
        raise Failed(f"{command[0]} ended with {done.returncode} and not with {ends}; unexpected: {strange[:10]}")
    return done.stdout.decode("utf-8", "replace"), lines


def need(*programs):
    for program in programs:
        if not shutil.which(program) and not os.path.exists(program):
            raise Absent(f"{program} is not installed")


def need_version(found, least, what):
    if tuple(map(int, found)) < least:
        raise Absent(f"{what} {'.'.join(found)} reads no tar, {'.'.join(map(str, least))} does")


# ---- the expected tree

class Tree:
    """The tree that ought to be there, for losses to change. A time of None is that of the extraction."""

    def __init__(self, nodes):
        copies = {}
        self.nodes = {path: copies.setdefault(id(node), dataclasses.replace(node, xattrs=dict(node.xattrs))) for path, node in nodes.items()}
        # Several names of a symlink are so many symlinks in an archive.
        for path, node in self.nodes.items():
            if node.kind == "link":
                self.nodes[path] = dataclasses.replace(node, xattrs=dict(node.xattrs), links=1)

    def __getitem__(self, path):
        return self.nodes[path.encode()]

    def each(self, *kinds):
        """Each node once, of these kinds only if there are any."""
        return [node for node in {id(node): node for node in self.nodes.values()}.values() if not kinds or node.kind in kinds]

    def keep_xattrs(self, pattern):
        for node in self.each():
            node.xattrs = {name: value for name, value in node.xattrs.items() if re.fullmatch(pattern, name)}

    def remove(self, *kinds_or_paths):
        for path in list(self.nodes):
            if self.nodes[path].kind in kinds_or_paths or path.decode("latin-1") in kinds_or_paths:
                del self.nodes[path]


# ---- losses

def nothing(tree):
    pass


def time_of_root(tree):
    """The directory is there before."""
    tree["."].mtime = None


def all_xattrs(tree):
    tree.keep_xattrs(b"")


def names_of_attributes(tree):
    """Only GNU tar takes %3D and %25 in an attribute's name for = and %."""
    for node in tree.each():
        node.xattrs = {name.replace(b"%", b"%25").replace(b"=", b"%3D"): value for name, value in node.xattrs.items()}


def negative_fraction(tree):
    """bsdtar takes -1.5 for -1 and half a second more."""
    for node in tree.each():
        if node.mtime is not None and node.mtime < 0 and node.mtime % SECOND:
            node.mtime += SECOND


def acls_with_their_modes(tree):
    """Without the ACL its mask is not in the mode's bits of the group any more, but the group's own entry."""
    for node in tree.each():
        if ACCESS in node.xattrs:
            group = re.search(rb"\x04\0(.)\0", node.xattrs[ACCESS], re.DOTALL)
            node.mode = node.mode & ~0o070 | group[1][0] << 3
    tree.keep_xattrs(b"(?!system[.]posix_acl).*")


def what_busybox_loses(tree):
    all_xattrs(tree)
    for node in tree.each():
        node.mtime = node.mtime // SECOND * SECOND
    for node in tree.each("link"):
        node.mtime, node.uid, node.gid = None, 0, 0
    # It sets a directory's time before it fills it.
    for path in list(tree.nodes):
        parent = os.path.dirname(path)
        if path != b".":
            tree.nodes[parent or b"."].mtime = None


def holes_of_busybox(tree):
    """The file has another name and begins with its map: busybox knows no sparse files of GNU's form 1.0."""
    placeholder = b"holes/GNUSparseFile.0"
    tree.nodes[placeholder] = dataclasses.replace(tree["holes"], xattrs={}, mtime=None)
    for name, data in ((b"data", 2 * 65536), (b"only", 0)):
        node = tree.nodes.pop(b"holes/" + name)
        node.size, node.sha256 = 512 + data, None
        tree.nodes[placeholder + b"/" + name] = node


def what_tarfile_loses(tree):
    all_xattrs(tree)
    for node in tree.each("link"):
        node.mtime = None
    for node in tree.each():
        if node.mtime is not None:
            # Its times are floating-point numbers.
            seconds = float(decimal.Decimal(node.mtime) / SECOND)
            node.mtime = int((decimal.Decimal(seconds) * SECOND).to_integral_value(decimal.ROUND_FLOOR))


def modes_that_the_filter_takes(tree):
    for node in tree.each("file", "dir", "char", "block", "fifo"):
        node.mode &= 0o755


def what_go_loses(tree):
    """podman and docker."""
    names_of_attributes(tree)
    for node in tree.each():
        node.xattrs = {name: value for name, value in node.xattrs.items() if value}
        if not 0 <= node.mtime < 2**63:
            node.mtime = 0
    time_of_root(tree)


def what_umoci_loses(tree):
    names_of_attributes(tree)
    for node in tree.each():
        node.xattrs = {name: value for name, value in node.xattrs.items() if value}
        if node.mtime >= 2**63:
            node.mtime = -2**31 * SECOND


def what_an_unprivileged_container_loses(tree):
    for node in tree.each():
        if len(node.xattrs.get(CAPABILITY, b"")) == 24:  # version 3, which belongs to a namespace already
            del node.xattrs[CAPABILITY]
        if CAPABILITY in node.xattrs:
            magic, *bits = struct.unpack("<5I", node.xattrs[CAPABILITY])
            node.xattrs[CAPABILITY] = struct.pack("<6I", magic & 0xFFFFFF | 0x03000000, *bits, NAMESPACE)
        if ACCESS in node.xattrs:
            node.xattrs[ACCESS] = node.xattrs[ACCESS].replace(struct.pack("<I", 1001), struct.pack("<I", 1001 + NAMESPACE))
        node.uid, node.gid = node.uid + NAMESPACE, node.gid + NAMESPACE
    tree.keep_xattrs(b"user[.].*|security[.]capability|system[.].*")
    # Proxmox leaves those in /dev out by itself, and ArchiveDevices="SkipOutsideDev" the others.
    tree.remove("char", "block")
    time_of_root(tree)


def attributes_of_the_kernel(tree):
    """systemd-import gives its tar no CAP_SYS_ADMIN."""
    tree.keep_xattrs(b"user[.].*|security[.]capability|system[.].*")


def what_squashfs_loses(tree):
    names_of_attributes(tree)
    tree.keep_xattrs(b"(?!system[.]).*")
    for node in tree.each():
        node.mtime = min(max(node.mtime // SECOND, 0), 2**32 - 1) * SECOND


def what_erofs_loses(tree):
    names_of_attributes(tree)
    negative_fraction(tree)


def what_mke2fs_loses(tree):
    acls_with_their_modes(tree)
    tree.keep_xattrs(b"security[.]capability")
    negative_fraction(tree)
    for node in tree.each():
        node.mtime = min(node.mtime // SECOND, 2**31 - 1) * SECOND
    time_of_root(tree)


# ---- consumers

def gnu_tar(archives, to):
    run("tar", "--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner", "-xpf", archives.tar, "-C", to, says=HARMLESS)


def gnu_tar_without_options(archives, to):
    run("tar", "--numeric-owner", "-xpf", archives.gzip, "-C", to, says=HARMLESS)


def bsdtar(archives, to):
    need("bsdtar")
    run("bsdtar", "-xpf", archives.gzip, "-C", to)


def bsdtar_of_wsl(archives, to):
    need("bsdtar")
    with open(archives.gzip, "rb") as stream:
        run("bsdtar", "-x", "-p", "--xattrs", "--no-acls", "-f", "-", cwd=to, stdin=stream)


def busybox(archives, to):
    need("busybox")
    run("busybox", "tar", "-xpf", archives.tar, "-C", to)


def python_tarfile(archives, to):
    with tarfile.open(archives.gzip) as archive:
        archive.extractall(to, **{"filter": "fully_trusted"} if hasattr(tarfile, "data_filter") else {})


def python_tarfile_filtered(archives, to, filter="tar"):
    if not hasattr(tarfile, "data_filter"):
        raise Absent("this Python's tarfile has no filters")
    with tarfile.open(archives.gzip) as archive:
        archive.extractall(to, filter=filter)


def proxmox(archives, to, ends=0, says=HARMLESS):
    """pve-container's command (Create.pm), in the user namespace of an unprivileged container."""
    os.chown(to, NAMESPACE, NAMESPACE)
    with user_namespace() as namespace, open(archives.zstd, "rb") as stream:
        return run("nsenter", f"--user=/proc/{namespace}/ns/user", "-S", "0", "-G", "0",
                   "tar", "xpf", "-", "--zstd", "--totals", "--one-file-system", "-p", "--sparse", "--numeric-owner", "--acls", "--xattrs", "--xattrs-include=user.*",
                   "--xattrs-include=security.capability", "--warning=no-file-ignored", "--warning=no-xattr-write", "-C", to, "--skip-old-files", "--anchored", "--exclude", "./dev/*",
                   ends=ends, says=says, stdin=stream)[1]


@contextlib.contextmanager
def user_namespace():
    """A process in a namespace of its own, whose ids from 0 on are those from NAMESPACE on outside."""
    need("unshare", "nsenter")
    holder = subprocess.Popen(["unshare", "--user", "sleep", "600"])
    try:
        while os.readlink(f"/proc/{holder.pid}/ns/user") == os.readlink("/proc/self/ns/user"):
            if holder.poll() is not None:
                raise Absent("no user namespace can be made here")
            time.sleep(0.01)
        for name in ("uid_map", "gid_map"):
            pathlib.Path(f"/proc/{holder.pid}/{name}").write_text(f"0 {NAMESPACE} {IDS}")
        yield holder.pid
    finally:
        holder.kill()
        holder.wait()


def podman(archives, to):
    with podman_stores(archives.work) as stores:
        run("podman", *stores, "import", "-q", archives.zstd, "example/hard")
        move_layer(archives.work / "podman/vfs/dir", to)


@contextlib.contextmanager
def podman_stores(work):
    """Storage that has nothing to do with this machine's. Podman refuses a runroot whose path is longer than 50 characters, so WORK is no place for it."""
    need("podman")
    try:
        with tempfile.TemporaryDirectory(prefix="oci-", dir="/tmp") as short:
            yield "--root", work / "podman", "--runroot", short, "--storage-driver", "vfs"
    finally:
        shutil.rmtree(work / "podman", ignore_errors=True)


def docker(archives, to):
    with docker_daemon(archives.work) as client:
        run(*client, "import", archives.gzip, "example/hard")
    # The daemon mounts its data over themselves.
    move_layer(archives.work / "docker/data/vfs/dir", to)


@contextlib.contextmanager
def docker_daemon(work):
    """A daemon that has nothing to do with one of this machine: its own storage and socket, and no network."""
    need("dockerd", "docker")
    place = work / "docker"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    client = ("docker", "-H", f"unix://{place}/socket")
    with open(place / "log", "wb") as log:
        daemon = subprocess.Popen(["dockerd", *client[1:], "--data-root", place / "data", "--exec-root", place / "exec", "--pidfile", place / "pid", "--bridge=none", "--iptables=false",
                                   "--ip6tables=false", "--storage-driver", "vfs"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if subprocess.run([*client, "version"], capture_output=True).returncode == 0:
                break
            if daemon.poll() is not None:
                raise Absent("dockerd does not start here: " + (place / "log").read_text().strip().splitlines()[-1])
            time.sleep(0.1)
        else:
            raise Failed("dockerd does not answer")
        yield client
    finally:
        daemon.terminate()
        daemon.wait()


def podman_load(archives, to):
    with podman_stores(archives.work) as stores:
        run("podman", *stores, "load", "-q", "-i", archives.image)
        move_layer(archives.work / "podman/vfs/dir", to)


def docker_load(archives, to):
    with docker_daemon(archives.work) as client:
        run(*client, "load", "-q", "-i", archives.image)
    move_layer(archives.work / "docker/data/vfs/dir", to)


def umoci(archives, to, transport="oci-archive"):
    """skopeo checks every digest on the way."""
    need("skopeo", "umoci")
    layout, bundle = archives.work / "layout", archives.work / "bundle"
    for old in (layout, bundle):
        shutil.rmtree(old, ignore_errors=True)
    run("skopeo", "--insecure-policy", "copy", "-q", f"{transport}:{archives.image}", f"oci:{layout}:it")
    run("umoci", "unpack", "--image", f"{layout}:it", bundle)
    to.rmdir()
    (bundle / "rootfs").rename(to)


def umoci_of_docker_archive(archives, to):
    umoci(archives, to, "docker-archive")


def move_layer(layers, to):
    """An imported archive is the only layer."""
    layer, = layers.iterdir()
    to.rmdir()
    layer.rename(to)


def systemd_import(archives, to):
    program = "/usr/lib/systemd/systemd-import"
    need(program)
    to.rmdir()
    # Its progress stands in the midst of tar's lines.
    run(program, "tar", f"--image-root={to.parent}", "--btrfs-subvol=no", archives.gzip, to.name, says="")


def squashfs(archives, to):
    need("tar2sqfs")
    image = archives.work / "squashfs"
    for file in (image, archives.work / "squashfs-again"):
        with open(archives.tar, "rb") as stream:
            run("tar2sqfs", "-q", "-f", "-c", "zstd", file, stdin=stream, says=r"does not support xattr prefix of system\.posix_acl_")
    if image.read_bytes() != file.read_bytes():
        raise Failed("tar2sqfs makes other bytes each time")
    mount_copy(image, to)


def erofs(archives, to):
    need("mkfs.erofs")
    version = re.search(r"(\d+)\.(\d+)", subprocess.run(["mkfs.erofs", "-V"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout)
    need_version(version.groups(), (1, 8), "mkfs.erofs")
    run("mkfs.erofs", "--quiet", "--tar=f", "-Uclear", "-T0", "--mkfs-time", archives.work / "erofs", archives.tar)
    mount_copy(archives.work / "erofs", to)


def ext4(archives, to):
    need("mke2fs")
    version = re.search(r"(\d+)\.(\d+)\.(\d+)", subprocess.run(["mke2fs", "-V"], capture_output=True, text=True).stderr)
    need_version(version.groups(), (1, 47, 1), "mke2fs")
    (archives.work / "ext4").unlink(missing_ok=True)
    run("mke2fs", "-q", "-t", "ext4", "-I", "256", "-E", "root_owner=0:0", "-d", archives.tar, archives.work / "ext4", "64M")
    mount_copy(archives.work / "ext4", to)
    # mke2fs makes it in every file system.
    (to / "lost+found").rmdir()
    os.utime(to, ns=(0, to.stat().st_mtime_ns))


def mount_copy(image, to):
    """Copies what the file system has, all of it: a mount must not outlive the check."""
    mount = image.with_name(image.name + "-mounted")
    mount.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-o", "loop,ro", image, mount], capture_output=True, text=True)
    if done.returncode:
        raise Absent(f"no {image.name} can be mounted here: {done.stderr.strip()}")
    try:
        time_of_mount = mount.stat().st_mtime_ns
        run("cp", "-a", f"{mount}/.", to)
        os.utime(to, ns=(0, time_of_mount))
    finally:
        subprocess.run(["umount", mount], check=True)


@dataclasses.dataclass
class Consumer:
    name: str
    extract: typing.Callable
    losses: tuple = ()
    # What it loses more where the archive has sparse files; None where that is not tried.
    sparse: tuple | None = ()
    # Whether Debian 12 has one that can do it.
    in_debian_12: bool = True


ALL = [
    Consumer("GNU tar", gnu_tar),
    Consumer("GNU tar without options for attributes, as lxc-create -t local", gnu_tar_without_options, (all_xattrs,)),
    Consumer("bsdtar", bsdtar, (time_of_root, names_of_attributes, negative_fraction)),
    Consumer("bsdtar as WSL calls it", bsdtar_of_wsl, (time_of_root, names_of_attributes, negative_fraction, acls_with_their_modes)),
    Consumer("busybox tar", busybox, (what_busybox_loses,), (holes_of_busybox,)),
    Consumer("Python's tarfile, all trusted", python_tarfile, (what_tarfile_loses,)),
    Consumer("Python's tarfile, filter tar", python_tarfile_filtered, (what_tarfile_loses, modes_that_the_filter_takes), in_debian_12=False),
    Consumer("podman import", podman, (what_go_loses,)),
    Consumer("docker import", docker, (what_go_loses,)),
    Consumer("systemd-import", systemd_import, (attributes_of_the_kernel,)),
    Consumer("tar2sqfs", squashfs, (what_squashfs_loses,)),
    Consumer("mkfs.erofs", erofs, (what_erofs_loses,), None, in_debian_12=False),
    Consumer("podman load, the image archive", podman_load, (what_go_loses,), None),
    Consumer("docker load, the image archive", docker_load, (what_go_loses,), None),
    Consumer("skopeo and umoci, the image archive as an OCI archive", umoci, (what_umoci_loses,), None),
    Consumer("skopeo and umoci, the image archive as a docker-archive", umoci_of_docker_archive, (what_umoci_loses,), None),
    Consumer("mke2fs", ext4, (what_mke2fs_loses,), in_debian_12=False),
]
