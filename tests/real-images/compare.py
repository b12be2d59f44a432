#!/usr/bin/env python3
"""Compares two root filesystems in every path, type, mode, owner, extended attribute, link group, size, content, mtime, device number and
link target. Each side is a directory or its mtree(5) file. OURS may be an archive of the tree too (.tar), which GNU tar extracts.

  compare [--image NAME --explained FILE] [--builder UID:GID] REFERENCE OURS
  compare --describe DIRECTORY MTREE

--builder says that this user made OURS on disk, without privileges. Then all owners must be the builder, devices and privileged attributes
must be absent, and setuid and setgid bits must be clear. If FILE explains a difference (see explained.txt), the program counts it and does
not print it. Exit code 0: FILE explains every difference.
"""

import argparse
import copy
import fnmatch
import re
import sys
from datetime import datetime, timedelta, timezone

import trees

LIMIT = 60  # differences printed


def differences(reference, ours):
    """Yields (path, field, reference's value, our value), with the values as text."""
    for path in sorted(reference.keys() | ours.keys()):
        if path not in ours:
            yield path, "missing", reference[path].kind, "-"
        elif path not in reference:
            yield path, "extra", "-", ours[path].kind
        else:
            for field, left, right in _node_differences(reference[path], ours[path]):
                yield path, field, left, right
    yield from _link_differences(reference, ours)


def _node_differences(left, right):
    if left.kind != right.kind:
        yield "type", left.kind, right.kind
        return
    if left.mode != right.mode:
        yield "mode", f"{left.mode:04o}", f"{right.mode:04o}"
    if left.mtime != right.mtime:
        yield "mtime", _time(left.mtime), _time(right.mtime)
    for field in ("uid", "gid", "size"):
        if getattr(left, field) != getattr(right, field):
            yield field, str(getattr(left, field)), str(getattr(right, field))
    if left.target != right.target:
        yield "link", trees.vis(left.target), trees.vis(right.target)
    if left.device != right.device:
        yield "device", str(left.device), str(right.device)
    if left.sha256 and right.sha256 and left.sha256 != right.sha256:
        yield "content", left.sha256, right.sha256
    for name in sorted(left.xattrs.keys() | right.xattrs.keys()):
        values = [side.xattrs.get(name) for side in (left, right)]
        if values[0] != values[1]:
            yield "xattr:" + trees.vis(name), *("-" if value is None else "0x" + value.hex() for value in values)


def _link_differences(reference, ours):
    common = reference.keys() & ours.keys()
    groups = [_groups(reference, common), _groups(ours, common)]
    for path in sorted(common):
        left, right = (group[path] for group in groups)
        if left != right:
            yield path, "links", _names(left), _names(right)
    # A link count above the number of names means that a path outside the tree names the inode too.
    groups = _groups(ours, ours.keys())
    for path in sorted(ours):
        if ours[path].links != len(groups[path]) and ours[path].kind != "dir":
            yield path, "nlink", str(len(groups[path])), str(ours[path].links)


def _groups(nodes, paths):
    """path -> all the paths that share its inode."""
    by_node = {}
    for path in paths:
        by_node.setdefault(id(nodes[path]), set()).add(path)
    return {path: by_node[id(nodes[path])] for path in paths}


def _names(paths):
    return ",".join(trees.vis(path) for path in sorted(paths))


def _time(nanoseconds):
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09d}"


def as_built_by(nodes, uid, gid):
    """The tree that a user without privileges should have on disk, made from the true one."""
    built, copies = {}, {}
    for path, node in nodes.items():
        if node.kind in ("char", "block"):
            continue
        if id(node) not in copies:
            mine = copies[id(node)] = copy.copy(node)
            mine.uid, mine.gid, mine.mode = uid, gid, node.mode & 0o1777
            mine.xattrs = {name: value for name, value in node.xattrs.items() if name.startswith(b"user.")}
        built[path] = copies[id(node)]
    return built


class Explanations:
    """The rows of explained.txt for this image: path pattern, field pattern, values, rule."""

    def __init__(self, file, image):
        self.rows = []
        for number, line in enumerate(open(file, encoding="ascii"), 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            if len(words) != 6 or not re.fullmatch(r"rule-\d+|umoci-\w+", words[5]):
                raise SystemExit(f"{file}:{number}: image, path, field, umoci's value, our value, rule-N or umoci-NAME")
            if fnmatch.fnmatchcase(image, words[0]):
                self.rows.append((number, words[1:5]))
        self.used = set()

    def explains(self, difference):
        path, field, left, right = difference
        values = ("./" + trees.vis(path) if path != b"." else ".", field, left, right)
        for number, patterns in self.rows:
            if all(fnmatch.fnmatchcase(value, pattern) for value, pattern in zip(values, patterns)):
                self.used.add(number)
                return True
        return False

    def stale(self):
        return [number for number, _ in self.rows if number not in self.used]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--describe", action="store_true")
    parser.add_argument("--image", default="")
    parser.add_argument("--explained")
    parser.add_argument("--builder")
    parser.add_argument("left")
    parser.add_argument("right")
    options = parser.parse_args()
    if options.describe:
        trees.write_record(trees.read_directory(options.left), options.right)
        return 0
    try:
        reference, ours = trees.read(options.left), trees.read(options.right)
    except trees.RecordError as error:
        print(f"  can't be read: {error}")
        return 2
    if options.right.endswith(".tar"):
        reference = trees.with_symlinks_apart(reference)
    if options.builder:
        reference = as_built_by(reference, *map(int, options.builder.split(":")))
    explanations = Explanations(options.explained, options.image) if options.explained else None
    return report(reference, ours, explanations, stale_matters=not options.builder)


def report(reference, ours, explanations, stale_matters):
    unexplained, explained = [], 0
    for difference in differences(reference, ours):
        if explanations and explanations.explains(difference):
            explained += 1
        else:
            unexplained.append(difference)
    for path, field, left, right in unexplained[:LIMIT]:
        print(f"  ./{trees.vis(path)}: {field}: reference {left[:200]}, ours {right[:200]}")
    if len(unexplained) > LIMIT:
        print(f"  ... and {len(unexplained) - LIMIT} more")
    # A row without a difference would hide the next difference at its place.
    stale = explanations.stale() if explanations and stale_matters else []
    for number in stale:
        print(f"  explained.txt:{number}: explains nothing any more")
    print(f"  {len(reference)} paths, {len(unexplained)} differences, {explained} explained")
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
