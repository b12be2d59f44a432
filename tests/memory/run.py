#!/usr/bin/env python3
"""Peak memory of one extraction, for images that try to cost much of it: run [--all] RUNNER FUZZ

RUNNER and FUZZ are Oci.Rootfs.Runner.dll and Oci.Rootfs.Fuzz.dll of a release build. The table prints the time taken, and the runner's
VmHWM less that of a run on a trivial image. Each row must stay below a generous bound. The quick rows always run, the others with --all
(they need some 15 GiB of disk, for a few minutes). docs/memory.md explains the numbers. The script prints "N passed, N failed" at the end.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

# name, description, size (see LargeImages.cs), limits raised, code of the error (None: extracted), bound in MiB, quick
ROWS = [
    ("entries", "a layer of 100,000 entries", 100_000, [], None, 250, True),
    ("entries", "a layer of a million entries", 0, [], None, 1200, False),
    ("names", "a directory with 50,000 names", 50_000, [], None, 200, True),
    ("names", "a directory with 500,000 names", 0, [], None, 800, False),
    ("sparse", "a sparse file of 64 GiB", 0, [], None, 40, True),
    ("bomb", "a gzip bomb of 10 GiB, hidden by an upper layer", 0, [], None, 120, False),
    ("bomb", "a gzip bomb of 1 GiB, hidden by an upper layer", 1, [], None, 120, True),
    ("bomb", "the same, MaxCompressionRatio and RatioFreeBytes lowered", 1, ["MaxCompressionRatio=10", "RatioFreeBytes=1000000"], "OCI4222", 120, True),
    ("pax", "a PAX header that claims 8 GiB", 0, [], "OCI4201", 40, True),
    ("path", "a path 10,000 deep", 0, [], "OCI4213", 40, True),
    ("path", "a path 10,000 deep, MaxPathDepth raised", 0, ["MaxPathDepth=20000"], None, 200, True),
    ("json", "a JSON string of 1 GiB", 0, [], "OCI4224", 40, False),
    ("json", "a JSON string of 10 MiB that is not looked at", 10, [], None, 120, True),
    ("label", "a JSON string of 10 MiB in a label", 10, [], None, 250, True),
    ("json", "a JSON string of 1 GiB that is not looked at, MaxJsonBytes raised", 0, ["MaxJsonBytes=2000000000"], None, 2600, False),
]


def extract(runner, layout, destination, limits):
    """Exit code, standard error, peak in KiB, seconds."""
    options = [word for limit in limits for word in ("--limit", limit)]
    outputs = ["--json", destination / "config.json", "--props", destination / "config.props", "--mtree", destination / "manifest"]
    start = time.monotonic()
    done = subprocess.run(["dotnet", runner, "extract", layout, destination / "rootfs", "--platform", "linux/amd64", "--peak", *outputs, *options],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    seconds = time.monotonic() - start
    peak = re.search(r"^peak=(\d+) kB$", done.stdout, re.M)
    return done.returncode, done.stderr, int(peak.group(1)) if peak else 0, seconds


def measure(runner, fuzz, row, baseline):
    name, what, size, limits, code, bound, _ = row
    work = pathlib.Path(tempfile.mkdtemp(prefix="oci-memory-"))
    try:
        subprocess.run(["dotnet", fuzz, "large", name, work / "layout", str(size)], check=True, stdin=subprocess.DEVNULL)
        status, error, peak, seconds = extract(runner, work / "layout", work, limits)
        if status == 0 and code is None or status == 1 and code is not None and error.startswith(code):
            outcome = "extracted" if status == 0 else error[:7]
        else:
            outcome = f"unexpected: exit code {status}, {error.strip()[:300]}"
        mebibytes = (peak - baseline) / 1024
        good = not outcome.startswith("unexpected") and 0 < peak and mebibytes < bound
        print(f"{'ok  ' if good else 'FAIL'}  {what:75} {mebibytes:7.0f} MiB (bound {bound:5})  {seconds:6.1f} s  {outcome}", flush=True)
        return good
    finally:
        # Python's own walk down a deep tree is recursive.
        subprocess.run(["rm", "-rf", work], check=False)


def main():
    everything = "--all" in sys.argv
    runner, fuzz = sys.argv[-2:]
    work = pathlib.Path(tempfile.mkdtemp(prefix="oci-memory-"))
    subprocess.run(["dotnet", fuzz, "large", "trivial", work / "layout", "0"], check=True, stdin=subprocess.DEVNULL)
    status, error, baseline, _ = extract(runner, work / "layout", work, [])
    shutil.rmtree(work)
    if status:
        raise SystemExit(error)
    print(f"A trivial image: {baseline // 1024} MiB; below is what comes on top of it.")
    results = [measure(runner, fuzz, row, baseline) for row in ROWS if everything or row[-1]]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
