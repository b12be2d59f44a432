#!/usr/bin/env python3
"""Compares random stacks of layers, ours against umoci's, wherever umoci accepts them: run FUZZ [SEED [COUNT]]

FUZZ is Oci.Rootfs.Fuzz.dll. It makes the stacks that the merge tests compare with their model, and the engine extracts them and archives the
trees. GNU tar must make the same tree of each archive, whether umoci accepts the stack or not. Run as root.
EXPLAINED has the accepted differences, and REFUSED the accepted refusals. For any other one, the script prints the stack and its seed. It
prints "N passed, N failed" at the end. Stacks that umoci refuses, or applies in an order of its own, count as neither.
"""

import collections
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "real-images"))
import compare  # noqa: E402
import trees  # noqa: E402

BATCH = 100


class Stack:
    """One stack: the entries of its layers, and both trees where there are two."""

    def __init__(self, place):
        self.place = place
        self.text = (place / "stack").read_text()
        self.layers = layers(self.text)
        entries = [entry for layer in self.layers for entry in layer]
        self.links = {path for kind, path, _ in entries if kind == "Symlink"}
        self.link_targets = [target for kind, _, target in entries if kind == "Symlink"]
        self.hardlink_targets = [target for kind, _, target in entries if kind == "Hardlink"]
        # A link's target has a .. after a name.
        self.goes_up = any("/.." in target.lstrip("./") for target in self.link_targets)
        self.has_marker_below_link = any(
            marker.startswith(link + "/") for _, marker, _ in entries if marker.rpartition("/")[2].startswith(".wh.") for link in self.links)
        self.removes_link_on_the_way = any(
            path.startswith(link + "/") and any(removes(marker, link) for _, marker, _ in layer[at:])
            for layer in self.layers for at, (_, path, _) in enumerate(layer) for link in self.links)

    def read_trees(self):
        self.umoci = trees.read_directory(self.place / "bundle" / "rootfs")
        self.ours = trees.read_directory(self.place / "tree")

    def is_implied(self, path):
        """Paths that no layer lists have mode 0755, owner 0:0 and time 0 (rule 38)."""
        node = self.ours.get(path)
        return node and (node.kind, node.mode, node.uid, node.gid, node.mtime) == ("dir", 0o755, 0, 0, 0)


def layers(text):
    """A stack's layers, each as a list of kind, path and link's target or None."""
    found = []
    for words in (line.split() for line in text.splitlines()[1:]):
        if words == ["layer"]:
            found.append([])
        else:
            found[-1].append((words[0], words[1], words[2] if len(words) > 2 else None))
    return found


def removes(marker, path):
    """Whether a whiteout or an opaque marker removes the content that lower layers have there."""
    directory, _, name = marker.rpartition("/")
    if name == ".wh..wh..opq":
        return not directory or path.startswith(directory + "/")
    whited = f"{directory}/{name.removeprefix('.wh.')}".lstrip("/")
    return name.startswith(".wh.") and (path + "/").startswith(whited + "/")


def is_metadata(field):
    return field in ("mode", "uid", "gid", "mtime") or field.startswith("xattr:")


# Each accepted difference: the rule, and the form of the difference.
EXPLAINED = {
    # umoci leaves the AUFS names in the tree.
    "rule-20": lambda stack, path, field, left, right: field == "missing" and path.split(b"/")[0].startswith(b".wh..wh."),
    # umoci makes unlisted directories as the kernel does: setgid below setgid, and with the current time. Where an opaque marker of the
    # layer itself removes the lower directory (rules 4 and 6), umoci keeps that directory's metadata.
    "rule-38": lambda stack, path, field, left, right: stack.is_implied(path) and is_metadata(field),
    # umoci ignores a .. after a missing name in a link's target. The engine walks through the name, and so makes it.
    "rule-37": lambda stack, path, field, left, right: field == "extra" and stack.is_implied(path) and stack.goes_up,
    # A marker does nothing if it would remove, by way of a link, that link itself or a directory on the way to it.
    "rule-14": lambda stack, path, field, left, right: field == "extra" and stack.has_marker_below_link,
    # A directory has the time of its last change where an upper layer adds to it without listing it.
    "rule-80": lambda stack, path, field, left, right: field == "mtime" and stack.ours[path].kind == "dir",
    # umoci applies no metadata of a hardlink's entry.
    "rule-59": lambda stack, path, field, left, right: is_metadata(field) and stack.hardlink_targets and stack.ours[path].kind != "dir",
}

# Each code with which only the engine refuses a stack, and the condition.
REFUSED = {
    # Rules 36 and 14: a link's target has a .. after a name, or a marker is below a link, and the name exists and is no directory.
    "OCI4121": lambda stack: stack.goes_up or stack.has_marker_below_link,
    # The engine would make a directory with a whiteout's name, because a link's target has that name and it is missing.
    "OCI4107": lambda stack: any(".wh." in target for target in stack.link_targets),
    # Rules 20 and 21: AUFS's own files can only be the targets of hardlinks in their own layer. umoci has them in the tree.
    "OCI4123": lambda stack: any(target.startswith(".wh..wh.") for target in stack.hardlink_targets),
}


def archive_problem(place):
    """What GNU tar makes of the engine's archive must be the engine's tree."""
    try:
        archive = trees.read(place / "tree.tar")
    except trees.RecordError as error:
        return f"the archive: {error}"
    for path, field, left, right in compare.differences(trees.with_symlinks_apart(trees.read_directory(place / "tree")), archive):
        return f"the archive: ./{trees.vis(path)}: {field}: tree {left}, archive {right}"
    return None


def judge(place, counts):
    """None, or the problem."""
    if (place / "tree").exists():
        wrong = archive_problem(place)
        if wrong:
            return wrong
    unpacked = subprocess.run(["umoci", "unpack", "--image", f"{place}/layout:stack", f"{place}/bundle"], capture_output=True, stdin=subprocess.DEVNULL)
    error = (place / "error").read_text() if (place / "error").exists() else None
    if unpacked.returncode:
        counts["refused by both" if error else "refused by umoci"] += 1
        return None
    stack = Stack(place)
    if error:
        counts[f"refused by us: {error[:7]}"] += 1
        is_decided = REFUSED.get(error[:7], lambda stack: False)
        return None if is_decided(stack) else "only we refuse it: " + error
    if stack.removes_link_on_the_way:
        # umoci follows the link for entries before its whiteout, and not for those after it. To compare the results, this script would have
        # to work like umoci.
        counts["not compared: rule 4"] += 1
        return None
    stack.read_trees()
    for path, field, left, right in compare.differences(stack.umoci, stack.ours):
        rule = next((rule for rule, matches in EXPLAINED.items() if matches(stack, path, field, left, right)), None)
        if not rule:
            return f"./{trees.vis(path)}: {field}: umoci {left}, ours {right}"
        counts[rule] += 1
    counts["equal"] += 1
    return None


def main():
    fuzz = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 28)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    print(f"seeds {seed} to {seed + count - 1}")
    counts, failed = collections.Counter(), 0
    for first in range(seed, seed + count, BATCH):
        work = pathlib.Path(tempfile.mkdtemp(prefix="oci-stacks-"))
        number = min(BATCH, seed + count - first)
        subprocess.run(["dotnet", fuzz, "stacks", str(work), str(first), str(number)], check=True, stdin=subprocess.DEVNULL)
        for one in range(first, first + number):
            wrong = judge(work / str(one), counts)
            if wrong:
                failed += 1
                print(f"FAIL {wrong}\n{(work / str(one) / 'stack').read_text()}")
        shutil.rmtree(work)
    for name, number in sorted(counts.items()):
        print(f"{number:6} {name}")
    # Both tools or umoci refused the stack, so there is nothing to compare.
    print(f"{counts['equal']} passed, {failed} failed")
    return 1 if failed or not counts["equal"] else 0


if __name__ == "__main__":
    sys.exit(main())
