"""Root filesystems as Python values. They are read from a directory or an archive (as root), or from an mtree(5) file, and written as one.

Paths, link targets and attribute values are bytes. Several paths with one inode share one `Node`.
"""

import base64
import hashlib
import os
import re
import stat
import subprocess
import tempfile
from dataclasses import dataclass, field, replace

KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "dir",
    stat.S_IFLNK: "link",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}


@dataclass
class Node:
    """The node at a path. `mode` is the twelve permission bits, `mtime` nanoseconds since 1970 (negative before)."""

    kind: str
    mode: int
    uid: int
    gid: int
    mtime: int
    links: int = 1
    size: int | None = None  # files
    target: bytes | None = None  # symlinks
    device: tuple[int, int] | None = None
    xattrs: dict[bytes, bytes] = field(default_factory=dict)
    sha256: str | None = None  # files, where it is known


# ---- a directory on disk


def read_directory(root, contents=True):
    """Every path below `root`, and `root` itself as b".". Needs root's rights for trusted.* and unreadable files."""
    root = os.fsencode(root)
    nodes, inodes, pending = {}, {}, [b"."]
    device = os.lstat(root).st_dev
    while pending:
        path = pending.pop()
        full = root if path == b"." else root + b"/" + path
        status = os.lstat(full)
        if status.st_dev != device:
            raise SystemExit(f"{show(full)}: another file system is mounted inside the tree")
        key = status.st_ino
        if key not in inodes:
            inodes[key] = _node(full, status, contents)
        nodes[path] = inodes[key]
        if stat.S_ISDIR(status.st_mode):
            prefix = b"" if path == b"." else path + b"/"
            with os.scandir(full) as entries:
                pending.extend(prefix + entry.name for entry in entries)
    return nodes


def _node(full, status, contents):
    kind = KINDS[stat.S_IFMT(status.st_mode)]
    node = Node(
        kind=kind,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        mtime=status.st_mtime_ns,
        links=1 if kind == "dir" else status.st_nlink,
    )
    if kind == "file":
        node.size = status.st_size
        node.sha256 = _digest(full) if contents else None
    elif kind == "link":
        node.target = os.readlink(full)
    elif kind in ("char", "block"):
        node.device = (os.major(status.st_rdev), os.minor(status.st_rdev))
    for name in os.listxattr(full, follow_symlinks=False):
        node.xattrs[os.fsencode(name)] = os.getxattr(full, name, follow_symlinks=False)
    return node


def _digest(full):
    # O_NOATIME: reading a tree must leave no trace in it.
    descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NOATIME)
    with open(descriptor, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# ---- mtree(5) text


class RecordError(Exception):
    """The mtree file breaks its own grammar."""


PLAIN = frozenset(range(0x21, 0x7F)) - frozenset(b"\\#=*?[")
TIME = re.compile(r"(-?\d+)\.(\d{9})")
ESCAPE = re.compile(rb"\\([0-3][0-7]{2})")


def vis(data):
    """Bytes as mtree writes them. Printable ASCII stays, and every other byte becomes a backslash and three octal digits."""
    return "".join(chr(byte) if byte in PLAIN else f"\\{byte:03o}" for byte in data)


def unvis(text):
    data = text.encode("ascii")
    if re.search(rb"\\(?![0-3][0-7]{2})", data):
        raise RecordError(f"an escape that is not \\ooo: {text}")
    return ESCAPE.sub(lambda match: bytes([int(match.group(1), 8)]), data)


def show(path):
    return vis(path)


def read_record(file):
    """The nodes of an mtree file: one line a path, full paths, and no keywords but those that `_keywords` knows."""
    with open(file, "rb") as stream:
        text = stream.read()
    lines = text.decode("ascii").split("\n")
    if lines[0] != "#mtree" or lines[-1] != "":
        raise RecordError("the first line must be #mtree, and the last must end with a newline")
    nodes, inodes = {}, {}
    for number, line in enumerate(lines[1:-1], 2):
        if line.startswith("#") or not line:
            continue
        try:
            _record_line(line, nodes, inodes)
        except (RecordError, ValueError, KeyError) as error:
            raise RecordError(f"line {number}: {error!r} in: {line[:300]}") from error
    return nodes


def _record_line(line, nodes, inodes):
    name, *words = line.split(" ")
    path = unvis(name)
    if path != b".":
        if not path.startswith(b"./") or path.endswith(b"/"):
            raise RecordError("a path must be . or begin with ./")
        path = path[2:]
    if path in nodes:
        raise RecordError("a path twice")
    node, inode = _keywords(words)
    if inode is None:
        nodes[path] = node
        return
    first = inodes.setdefault(inode, node)
    if first != node:
        raise RecordError("two paths of one inode that differ")
    nodes[path] = first


def _keywords(words):
    values, xattrs = {}, {}
    for word in words:
        key, separator, value = word.partition("=")
        if not separator:
            raise RecordError(f"a keyword without a value: {word}")
        known = xattrs if key.startswith("xattr.") else values
        if key in known:
            raise RecordError(f"a keyword twice: {key}")
        known[key] = value
    kind = values.pop("type")
    if kind not in KINDS.values():
        raise RecordError(f"an unknown type: {kind}")
    node = Node(
        kind=kind,
        mode=int(values.pop("mode"), 8),
        uid=int(values.pop("uid")),
        gid=int(values.pop("gid")),
        mtime=_time(values.pop("time")),
        links=int(values.pop("nlink", "1")),
        sha256=values.pop("sha256digest", None) or values.pop("sha256", None),
    )
    if kind == "file":
        node.size = int(values.pop("size"))
    if kind == "link":
        node.target = unvis(values.pop("link"))
    if kind in ("char", "block"):
        form, major, minor = values.pop("device").split(",")
        if form not in ("linux", "native"):
            raise RecordError(f"device numbers of another system: {form}")
        node.device = (int(major, 0), int(minor, 0))
    inode = values.pop("inode", None)
    if values:
        raise RecordError(f"keywords that don't belong here: {', '.join(values)}")
    for key, value in xattrs.items():
        node.xattrs[unvis(key.removeprefix("xattr."))] = base64.b64decode(value, validate=True)
    return node, inode


def _time(text):
    match = TIME.fullmatch(text)
    if not match:
        raise RecordError(f"a time that is not seconds.nnnnnnnnn: {text}")
    # Nanoseconds count forward before 1970 too, as in struct timespec.
    return int(match.group(1)) * 1_000_000_000 + int(match.group(2))


def write_record(nodes, file):
    """Writes the grammar that `read_record` reads, with content digests where they are known."""
    numbers = {}
    with open(file, "w", encoding="ascii", newline="\n") as stream:
        stream.write("#mtree\n")
        for path in sorted(nodes):
            node = nodes[path]
            number = numbers.setdefault(id(node), len(numbers) + 1)
            name = "." if path == b"." else "./" + vis(path)
            stream.write(" ".join([name, *_words(node, number)]) + "\n")


def _words(node, number):
    seconds, nanoseconds = divmod(node.mtime, 1_000_000_000)
    yield f"type={node.kind}"
    yield f"mode={node.mode:04o}"
    yield f"uid={node.uid}"
    yield f"gid={node.gid}"
    yield f"time={seconds}.{nanoseconds:09d}"
    if node.kind == "file":
        yield f"size={node.size}"
    if node.kind == "link":
        yield f"link={vis(node.target)}"
    if node.device:
        yield f"device=linux,{node.device[0]},{node.device[1]}"
    if node.links > 1:
        yield f"nlink={node.links}"
        yield f"inode={number}"
    if node.sha256:
        yield f"sha256digest={node.sha256}"
    for name in sorted(node.xattrs):
        yield f"xattr.{vis(name)}={base64.b64encode(node.xattrs[name]).decode()}"


# ---- an archive of the tree


def read_archive(file):
    """The tree that GNU tar makes of it, as root and with all options."""
    with tempfile.TemporaryDirectory(prefix="oci-archive-") as directory:
        root = os.path.join(directory, "tree")
        os.mkdir(root)
        command = ["tar", "--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner", "-xpf", file, "-C", root]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
        if done.returncode:
            raise RecordError(f"tar ends with {done.returncode}: {done.stderr[:1000]}")
        return read_directory(root)


def with_symlinks_apart(nodes):
    """An archive has several names of a symlink as so many symlinks."""
    return {path: replace(node, links=1) if node.kind == "link" else node for path, node in nodes.items()}


def read(source):
    """Reads a directory, an archive of a tree, or an mtree file."""
    if not os.path.lexists(source):
        raise RecordError(f"neither a tree nor a record: {source}")
    return read_directory(source) if os.path.isdir(source) else read_archive(source) if str(source).endswith(".tar") else read_record(source)
