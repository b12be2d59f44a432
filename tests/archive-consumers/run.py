#!/usr/bin/env python3
"""Has the programs that take archives of a tree take one, and compares what they make of it with our tree: run [--debian-12] RUNNER FUZZ WORK

RUNNER is Oci.Rootfs.Runner.dll, FUZZ Oci.Rootfs.Fuzz.dll, whose HardTree is the image. Run as root. consumers.py has the programs, and what each
of them loses. A program that is not there, or can't run here, is skipped, and the line has the reason. With --debian-12, what Debian 12 has
must run. Each check prints a line; the last line is "N passed, N failed".
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "real-images"))
import compare  # noqa: E402
import consumers  # noqa: E402
import trees  # noqa: E402

USER = "12345:12346"
HOLES = 1_000_000  # fewer bytes than either file with holes has of them
ENDINGS = ("", ".gz", ".zst")
BUSYBOX = "/bin/busybox"


class Checks:
    """Counts checks. A check returns its problem, or raises; None or no text is none."""

    passed = failed = 0

    def __call__(self, name, must_run, check, *arguments):
        start = time.monotonic()
        try:
            problem = check(*arguments)
        except consumers.Absent as absent:
            if not must_run:
                print(f"skip  {name}: {absent}", flush=True)
                return
            problem = str(absent)
        except (consumers.Failed, OSError, subprocess.SubprocessError, tarfile.TarError) as error:
            problem = f"{type(error).__name__}: {error}"
        self.passed, self.failed = self.passed + (not problem), self.failed + bool(problem)
        print(f"FAIL  {name}\n{problem}" if problem else f"ok    {name} ({time.monotonic() - start:.0f} s)", flush=True)


class Image:
    """One image, its tree by our engine as root, and archives of it by root and by an ordinary user, each with a directory and without."""

    def __init__(self, name, options, *how):
        self.name, self.runner, self.place = name, options.runner, options.work / name
        self.place.mkdir()
        libraries = re.findall(r"/lib\S+", subprocess.run(["ldd", BUSYBOX], capture_output=True, text=True).stdout)
        consumers.run("dotnet", options.fuzz, name, self.place / "image", BUSYBOX, *libraries)
        self.make("", "tree", "tree", options=["--mtree", self.place / "tree.mtree", "--image-archive", self.place / "tree.image.tar", *how])
        self.make("", "sparse", "-", options=["--archive-holes", str(HOLES)])
        self.nodes = trees.read_directory(self.place / "tree")

    def make(self, directory, name, tree, before=(), options=()):
        to = self.place / directory
        archives = [word for ending in ENDINGS for word in ("--archive", to / f"{name}.tar{ending}")]
        consumers.run(*before, "dotnet", self.runner, "extract", self.place / "image", tree if tree == "-" else to / tree, *archives, *options)

    def archives(self, name="tree"):
        return consumers.Archives(self.place / f"{name}.tar", self.place)

    # ---- checks of the archives themselves

    def is_recorded(self):
        return differences(trees.read_record(self.place / "tree.mtree"), self.nodes)

    def has_the_same_bytes(self, role, tree):
        """A user without privileges has other rights, and a home of its own."""
        directory = self.place / f"by-{role}-{'alone' if tree == '-' else 'both'}"
        directory.mkdir()
        directory.chmod(0o777)
        user = ["setpriv", *(f"--re{kind}={value}" for kind, value in zip(("uid", "gid"), USER.split(":"))), "--clear-groups", "--inh-caps=-all", "--no-new-privs",
                "env", f"HOME={directory}", "sh", "-c", 'umask 077; exec "$@"', "-"] if role == "user" else []
        self.make(directory.name, "tree", tree, before=user)
        for ending in ENDINGS:
            if (self.place / f"tree.tar{ending}").read_bytes() != (directory / f"tree.tar{ending}").read_bytes():
                return f"{directory}/tree.tar{ending} has other bytes than root's with a directory"

    def is_one_tar(self):
        plain = (self.place / "tree.tar").read_bytes()
        for program, ending in (("gzip", ".gz"), ("zstd", ".zst")):
            consumers.need(program)
            if subprocess.run([program, "-dc", self.place / f"tree.tar{ending}"], capture_output=True, check=True).stdout != plain:
                return f"{program} gets another tar out of the .tar{ending}"

    def is_an_image_for_proxmox(self):
        """Proxmox 9.1 takes a template for an image if GNU tar lists these names and no others."""
        names = consumers.run("tar", "-tf", self.archives().image)[0].splitlines()
        strange = [name for name in names if not re.fullmatch(r"blobs/sha256/[0-9a-f]{64}|index\.json|manifest\.json|oci-layout", name)]
        return f"tar lists {names}" if strange or not {"index.json", "oci-layout"} <= set(names) else None

    # ---- checks of consumers

    def taken(self, consumer, archives, losses):
        to = self.place / "taken" / "tree"
        subprocess.run(["rm", "-rf", "--one-file-system", to.parent], check=True)
        to.mkdir(parents=True)
        begun = time.time_ns() - 1_000_000_000
        consumer(archives, to)
        expected, found = consumers.Tree(self.nodes), trees.read_directory(to)
        for loss in losses:
            loss(expected)
        for path in expected.nodes.keys() & found.keys():
            if expected.nodes[path].mtime is None and found[path].mtime >= begun:
                found[path].mtime = None
        wrong = [f"  ./{trees.vis(path)} has the time {found[path].mtime} and not that of the extraction" for path, node in expected.nodes.items()
                 if node.mtime is None and path in found and found[path].mtime is not None]
        for node in [*expected.each(), *found.values()]:
            node.mtime = node.mtime or 0
        return "\n".join(wrong) or differences(expected.nodes, found)


def differences(expected, found):
    return "\n".join(f"  ./{trees.vis(path)}: {field}: expected {left[:200]}, found {right[:200]}" for path, field, left, right in compare.differences(expected, found))


# ---- what is more than a comparison

def proxmox_refuses(image):
    """Devices outside of /dev, and ids that the container does not have: docs/archive.md names both."""
    to = image.place / "refused"
    to.mkdir()
    says = consumers.proxmox(image.archives(), to, ends=2, says=consumers.HARMLESS.pattern + r"|Cannot mknod|Cannot change ownership|Exiting with failure status")
    refused = sorted(re.findall(r"^tar: \./(\S+): Cannot (?:mknod|change ownership)", "\n".join(says), re.MULTILINE))
    expected = sorted(trees.vis(path) for path, node in image.nodes.items()
                      if (node.kind in ("char", "block") and not path.startswith(b"dev/")) or max(node.uid, node.gid) >= consumers.IDS)
    return None if refused == expected else f"refused were {refused}, expected {expected}"


def data_filter_refuses(image):
    """Python's filter for data takes no devices at all."""
    to = image.place / "data"
    to.mkdir()
    try:
        consumers.python_tarfile_filtered(image.archives(), to, filter="data")
    except getattr(tarfile, "SpecialFileError", ()) as error:
        return None if error.tarinfo.name == "./dev/console" else f"it stops at {error.tarinfo.name}"
    return "it takes everything"


def runs_in_nspawn(image):
    consumers.need("systemd-nspawn")
    to = image.place / "machine"
    to.mkdir()
    consumers.gnu_tar(image.archives(), to)
    return runs(consumers.run("systemd-nspawn", "-q", "--register=no", "--keep-unit", "-D", to, "/bin/sh", "-c", "id -u; cat /etc/os-release", says="Attempted to remove disk file system")[0])


def runs_in_docker(image):
    with consumers.docker_daemon(image.place) as client:
        consumers.run(*client, "import", "-c", 'CMD ["/bin/sh", "-c", "id -u; cat /etc/os-release"]', image.archives().gzip, "example/hard")
        return runs(consumers.run(*client, "run", "--rm", "--net=none", "example/hard")[0])


def runs(output):
    return None if output.splitlines() == ["0", "ID=debian", "NAME=hard", "VERSION_ID=12"] else f"it prints {output!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--debian-12", action="store_true")
    for name in ("runner", "fuzz", "work"):
        parser.add_argument(name, type=lambda text: pathlib.Path(text).absolute())
    options = parser.parse_args()
    subprocess.run(["rm", "-rf", "--one-file-system", options.work], check=True)
    options.work.mkdir(parents=True)
    options.work.chmod(0o755)
    check = Checks()
    image, container = Image("hard", options), Image("unprivileged", options, "--archive-devices", "SkipOutsideDev")
    for each in (image, container):
        check(f"{each.name}: the tree is the recorded one", True, each.is_recorded)
        check(f"{each.name}: .gz and .zst hold the .tar", True, each.is_one_tar)
        check(f"{each.name}: the image archive has the names that Proxmox knows", True, each.is_an_image_for_proxmox)
    for role, tree in (("root", "-"), ("user", "-"), ("user", "tree")):
        check(f"{image.name}: the same bytes by {role}, {'without a directory' if tree == '-' else 'with one'}", True, image.has_the_same_bytes, role, tree)
    for consumer in consumers.ALL:
        must_run = options.debian_12 and consumer.in_debian_12
        check(consumer.name, must_run, image.taken, consumer.extract, image.archives(), consumer.losses)
        if consumer.sparse is not None:
            check(f"{consumer.name}, sparse files", must_run, image.taken, consumer.extract, image.archives("sparse"), consumer.losses + consumer.sparse)
    check("Proxmox, an unprivileged container", options.debian_12, container.taken, consumers.proxmox, container.archives(), (consumers.what_an_unprivileged_container_loses,))
    check("Proxmox refuses what no unprivileged container can have", options.debian_12, proxmox_refuses, image)
    check("Python's tarfile, filter data, refuses devices", False, data_filter_refuses, image)
    check("systemd-nspawn runs what GNU tar extracts", options.debian_12, runs_in_nspawn, image)
    check("docker runs what it imports", options.debian_12, runs_in_docker, image)
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed or not check.passed else 0


if __name__ == "__main__":
    sys.exit(main())
