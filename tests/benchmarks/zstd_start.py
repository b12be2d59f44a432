#!/usr/bin/env python3
"""Measures what the first use of a decoder costs a build: extractions of a small image, each in a new process.

  tests/benchmarks/zstd_start.py [--rounds N] DIRECTORY RUNNER...

Each RUNNER is a published runner with ReadyToRun code, as performance.md has it; the first is what the others are compared with. The image
has one layer of 64 KB of text, once as zstd and once as gzip. The contestants take turns, so that a busy machine slows all of them. A runner
is measured with libzstd and without (a file that is no library stands in its place), unless it can't decode zstd without. Printed are
medians, because milliseconds depend on the machine, and the median of each round's ratio to the first runner with libzstd.
"""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import time

from oci import END, Layout, entry


def image(directory, compression):
    layout = Layout(directory)
    tar = directory / "layer.tar"
    text = b" ".join(b"line %d of a text that is as easy to compress as most" % n for n in range(1200))[:64 << 10]
    tar.write_bytes(b"".join([entry(b"usr/share/doc/text", content=text), END]))
    layout.add_tar(tar, compression)
    tar.unlink()
    layout.finish()
    return directory


def run(runner, image, libraries, out):
    """Extracts in a new process. Returns wall clock and processor time in milliseconds, or None where it can't decode."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    environment = os.environ | ({"LD_LIBRARY_PATH": str(libraries)} if libraries else {})
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.run(
        ["dotnet", runner, "extract", image, out / "tree", "--platform", "linux/amd64"], env=environment, capture_output=True, text=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        if "OCI3008" in process.stderr:
            return None
        sys.exit(process.stderr)
    return 1000 * wall, 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("runners", type=pathlib.Path, nargs="+")
    options = parser.parse_args()

    work = options.directory / "zstd-start"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    images = {compression: image(work / compression, compression) for compression in ("zstd", "gzip")}
    none = work / "no-library"
    none.mkdir()
    (none / "libzstd.so.1").write_text("no library at all, and longer than the header of one would be: 64 bytes")

    contestants = []
    for runner in options.runners:
        for name, compression, libraries in (("zstd, libzstd", "zstd", None), ("zstd, no libzstd", "zstd", none), ("gzip", "gzip", None)):
            if run(runner / "Oci.Rootfs.Runner.dll", images[compression], libraries, work / "out") is not None:
                contestants.append((f"{runner.name}: {name}", runner / "Oci.Rootfs.Runner.dll", images[compression], libraries))
    rounds = []
    for _ in range(options.rounds):
        rounds.append([run(*contestant[1:], work / "out") for contestant in contestants])
    shutil.rmtree(work)

    print("| program | wall, ms | processor, ms | wall, ratio | processor, ratio |\n|---|---|---|---|---|")
    for number, (name, *_) in enumerate(contestants):
        cells = [statistics.median(r[number][what] for r in rounds) for what in (0, 1)]
        ratios = [statistics.median(r[number][what] / r[0][what] for r in rounds) for what in (0, 1)]
        print(f"| {name} | {cells[0]:.0f} | {cells[1]:.0f} | {ratios[0]:.2f} | {ratios[1]:.2f} |")


if __name__ == "__main__":
    main()
