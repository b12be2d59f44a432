#!/usr/bin/env python3
"""What an update costs beside a cold extraction: increments.py RUNNER WORK [ROUNDS]

RUNNER is Oci.Rootfs.Runner.dll of a Release build, beside the Oci.Rootfs.dll of the package, which is compiled ahead (CI=true dotnet pack; it
is then in src/Oci.Build.Tasks/obj/Release/net10.0/r2r). WORK is a directory that is made anew. The image is made of this machine's own files, some
70,000 paths in 13 layers: a base, eleven layers and a small one on top. Each round does everything once, in turn; the figures are medians of
processes without the time that the runner takes to start. Needs gcc, for a bare pass of statx(2) over the tree.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tarfile
import time

RUNNER = pathlib.Path(sys.argv[1]).resolve()
WORK = pathlib.Path(sys.argv[2]).resolve()
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
PATHS = 68_000
LAYERS = 12
CHANGED = 34

PASS = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static long paths;
static void walk(int fd) {
    DIR *dir = fdopendir(fd);
    struct dirent *entry;
    struct statx node;
    while ((entry = readdir(dir))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        statx(fd, entry->d_name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &node);
        paths++;
        if (S_ISDIR(node.stx_mode)) walk(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    }
    closedir(dir);
}
int main(int count, char **words) { walk(open(words[1], O_RDONLY | O_DIRECTORY)); printf("%ld\n", paths); }
"""


def run(*command, codes=(0,)):
    started = time.perf_counter()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    if done.returncode not in codes:
        sys.exit(f"{command}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr}")
    return seconds, done.stdout


class Images:
    def __init__(self, directory):
        self.directory = directory
        self.blobs = directory / "blobs/sha256"
        self.blobs.mkdir(parents=True)
        (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def add(self, data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"mediaType": kind, "digest": "sha256:" + digest, "size": len(data)}

    def layer(self, tar):
        return self.add(gzip.compress(tar, 6, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip"), "sha256:" + hashlib.sha256(tar).hexdigest()

    def image(self, name, layers):
        """A layout of its own, which shares the blobs."""
        layout = self.directory.parent / name
        layout.mkdir()
        os.symlink(self.directory / "blobs", layout / "blobs")
        shutil.copy(self.directory / "oci-layout", layout)
        config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff for _, diff in layers]}}
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [blob for blob, _ in layers],
                    "config": self.add(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json")}
        (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [self.add(json.dumps(manifest).encode(), manifest["mediaType"])]}))
        return layout


def tar(files, changed=()):
    """Files of this machine by their paths, some of them with another content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path in files:
            member = archive.gettarinfo(path, arcname=str(path).lstrip("/"))
            if member is None or not (member.isfile() or member.issym() or member.isdir()):
                continue
            member.type = tarfile.REGTYPE if member.islnk() else member.type
            if member.isreg():
                data = path.read_bytes() + (b"changed" if path in changed else b"")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
            else:
                archive.addfile(member)
    return out.getvalue()


def texts(names, content):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def find_files():
    found = []
    for root, directories, names in os.walk("/usr"):
        directories.sort()
        found += [path for path in (pathlib.Path(root, name) for name in sorted(names)) if path.is_symlink() or path.is_file() and path.stat().st_size < 4_000_000]
        if len(found) > PATHS:
            break
    return found[:PATHS]


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    (WORK / "pass.c").write_text(PASS)
    run("gcc", "-O2", "-o", WORK / "pass", WORK / "pass.c")
    images = Images(WORK / "store")
    files = find_files()
    # A fifth of the paths is in the base, as in an image with a small distribution below a large application.
    base, others = files[: PATHS // 5], files[PATHS // 5:]
    changed = set(base[:: len(base) // CHANGED])
    share = -(-len(others) // (LAYERS - 1))
    middle = [images.layer(tar(others[i: i + share])) for i in range(0, len(others), share)]
    old_base, new_base = images.layer(tar(base)), images.layer(tar(base, changed))
    tops = [images.layer(texts([f"app/f{i}" for i in range(20)], os.urandom(12_500))) for _ in range(2)]
    whiteouts = [images.layer(texts([f"{path.parent}/.wh.{path.name}".lstrip("/") for path in others[i::4000][:70]], b"")) for i in range(4)]
    stack = images.image("stack", [old_base, *middle, tops[0]])
    scenarios = {
        "nothing changed": (stack, stack),
        "top layer changed": (stack, images.image("top", [old_base, *middle, tops[1]])),
        "base replaced": (stack, images.image("base", [new_base, *middle, tops[0]])),
        "layers of whiteouts dropped": (images.image("whiteouts", [old_base, *middle, tops[0], *whiteouts]), stack),
    }
    alone = {"top layer changed": images.image("only-top", [tops[1]]), "base replaced": images.image("only-base", [new_base])}
    size = sum(blob["size"] for blob, _ in [old_base, *middle, tops[0]])
    tree = WORK / "out/rootfs"
    times = {}

    def extract(image, *options, to=tree):
        seconds, output = run("dotnet", RUNNER, "extract", image, to, "--name", "image", "--json", f"{to}.json", "--mtree", f"{to}.mtree", "--peak", *options, codes=(0, 3))
        return seconds, output

    def clean(to=tree):
        run("dotnet", RUNNER, "clean", to, codes=(0, 3))

    def note(name, seconds):
        times.setdefault(name, []).append(seconds)

    told, peaks = {}, {}
    extract(stack)
    for _ in range(ROUNDS):
        note("start", run("dotnet", RUNNER, codes=(2,))[0])
        clean()
        run("sync")
        seconds, output = extract(stack, "--no-incremental")
        note("cold, nothing kept", seconds)
        peaks.setdefault("cold, nothing kept", []).append(int(re.search(r"peak=(\d+)", output)[1]))
        clean()
        run("sync")
        seconds, output = extract(stack)
        note("cold", seconds)
        peaks.setdefault("cold", []).append(int(re.search(r"peak=(\d+)", output)[1]))
        note("bare pass", run(WORK / "pass", tree)[0])
        for name, (before, after) in scenarios.items():
            extract(before)
            run("sync")
            seconds, output = extract(after)
            note(name, seconds)
            told[name] = re.findall(r"^added=.*$", output, re.M)
        clean(WORK / "second/rootfs")
        extract(stack)
        run("sync")
        seconds, output = extract(scenarios["top layer changed"][1], "--beside", tree, to=WORK / "second/rootfs")
        note("second image, on the same twelve layers", seconds)
        told["second image, on the same twelve layers"] = [f"{output.count('is taken from')} layers taken"]
        peaks.setdefault("second", []).append(int(re.search(r"peak=(\d+)", output)[1]))
        clean(WORK / "second/rootfs")
        extract(scenarios["layers of whiteouts dropped"][0])
        run("sync")
        note("cold over another tree", extract(stack, "--no-incremental")[0])
        for name, image in alone.items():
            clean(WORK / "alone/rootfs")
            note(name + " (that layer alone)", extract(image, "--no-incremental", to=WORK / "alone/rootfs")[0])
    start = statistics.median(times["start"])
    median = {name: statistics.median(seconds) - start for name, seconds in times.items() if name not in ("bare pass", "start")} | {"bare pass": statistics.median(times["bare pass"])}
    paths = int(run(WORK / "pass", tree)[1])
    print(f"{paths:,} paths in {LAYERS + 1} layers of {size / 1e6:.0f} MB, {ROUNDS} rounds, {os.cpu_count()} cores; the runner starts in {start:.3f} s")
    for name, seconds in median.items():
        print(f"{name:45} {seconds * 1000:8.0f} ms  {seconds / median['cold']:6.1%} of cold  {told.get(name) or ''}")
    cold, bare = median["cold"], median["bare pass"]
    print(f"cold with the state kept / without: {cold / median['cold, nothing kept']:.3f}; memory: {statistics.median(peaks['cold']) / statistics.median(peaks['cold, nothing kept']):.3f}")
    print(f"memory of a second image / of a cold extraction: {statistics.median(peaks['second']) / statistics.median(peaks['cold']):.3f}")
    print(f"bare pass: {bare / paths * 1e6:.2f} us a path")
    print(f"layers of whiteouts dropped / cold over another tree: {median['layers of whiteouts dropped'] / median['cold over another tree']:.2f}")
    top, base = median["top layer changed"], median["base replaced"]
    print(f"top layer changed / (1.3 x that layer alone + 2.0 x bare pass): {top / (1.3 * median['top layer changed (that layer alone)'] + 2 * bare):.2f}")
    print(f"base replaced / (1.3 x base alone + 60 us a changed path + 2.0 x bare pass): {base / (1.3 * median['base replaced (that layer alone)'] + 60e-6 * CHANGED + 2 * bare):.2f}")


main()
