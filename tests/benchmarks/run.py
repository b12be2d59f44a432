#!/usr/bin/env python3
"""Measures us and every installed peer on the same images: tests/benchmarks/run.py [--rounds N] [--kinds A,B] [--scale S] WORK

Makes the images from Debian's packages (kept in WORK) and a journalled ext4 on a loop device for the trees, and prints tables for
docs/performance.md. Contestants alternate, and every one reads warm input. Run it as root, on a machine that does nothing else. It needs
mmdebstrap, tar, gzip, zstd, time and e2fsprogs. It also measures isal's igzip, libarchive-tools' bsdtar and umoci where they are installed.
OCI_BENCH_SEED may hold the command of the program that this one replaces, with {archive} or {layout} and {destination} in it.
"""

import argparse
import datetime
import json
import os
import pathlib
import sys

sys.dont_write_bytecode = True

import contestants
import disk
import images
import measure
import oci

TASK, ENGINE, WITHOUT = "task", "engine", "engine without ISA-L"


def main():
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    source = images.Images(options.work, options.scale)
    layouts = {kind: source.get(kind) for kind in options.kinds}
    ours = {TASK: contestants.Task(options.work), ENGINE: contestants.Runner(options.work)}
    ours[WITHOUT] = contestants.Runner(options.work, "--no-native-decoders", build=False)
    contestants.dotnet("build", contestants.REPOSITORY / "tests/Oci.Rootfs.Benchmarks", "-c", "Release", "-o", options.work / "floor")
    results = {}
    with disk.ext4(options.work, options.disk) as mount:
        for kind, layout in layouts.items():
            results[kind] = measure_kind(kind, layout, mount, options, ours)
            print(f"{kind}: " + ", ".join(f"{name} {cost.wall:.2f}" for name, cost in results[kind]["costs"].items()), file=sys.stderr, flush=True)
    base = measure.median([ours[TASK].build(ours[TASK].without) for _ in range(options.rounds + 1)][1:])
    print(report(results, base, options))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=[k for k in images.KINDS if k not in ("smallfiles.zstd", "base.zstd")])
    parser.add_argument("--scale", type=float, default=1, help="a part of each image, for a quick try")
    parser.add_argument("--disk", type=int, default=12, help="gigabytes of the file system to unpack into")
    parser.add_argument("work", type=lambda text: pathlib.Path(text).absolute())
    return parser.parse_args()


def measure_kind(kind, layout, mount, options, ours):
    """Runs all contestants one after the other, in rounds. The first round warms caches and does not count."""
    everybody = contestants.all_for(kind, options.work, ours)
    costs = {name: [] for name in everybody}
    blobs = oci.layers(layout)
    destination = mount / "tree"
    floors = []
    for round in range(options.rounds + 1):
        for name, contestant in everybody.items():
            measure.warm(blobs)
            measure.settle()
            cost = contestant.run(kind, layout, destination)
            measure.settle()
            if round > 0:
                costs[name].append(cost)
                if name == ENGINE:
                    tree = describe(destination)
                    floors.append(floor(kind, destination, mount / "floor", blobs, options.work))
            disk.remove(destination)
    medians = {name: measure.median(all_of) for name, all_of in costs.items()}
    whole = medians[TASK].wall
    medians[TASK].wall = sorted(cost.task for cost in costs[TASK])[len(costs[TASK]) // 2]
    return {"costs": medians, "whole": whole, "tree": tree, "layers": len(blobs), "floor": [sorted(f)[len(f) // 2] for f in zip(*floors)]}


def floor(kind, tree, destination, blobs, work):
    """The seconds that any program of this design needs: with .NET's gzip, and with ISA-L's where that is installed."""
    measured = json.loads(measure.run(["dotnet", work / "floor/Oci.Rootfs.Benchmarks.dll", "floor", tree, destination, *blobs],
                                      environment={"DOTNET_TieredCompilation": "0"}).output)
    disk.remove(destination)
    return [max(max(decode), (sum(decode) + measured["hash"] + measured["write"]) / os.cpu_count()) for decode in (measured["byNet"], measured["byIsal"])]


def describe(tree):
    files = size = 0
    seen = set()
    for directory, _, names in os.walk(tree):
        for name in names:
            stat = os.lstat(os.path.join(directory, name))
            files += 1
            if stat.st_ino not in seen:
                seen.add(stat.st_ino)
                size += stat.st_size
    return files, size


# ---- tables

def report(results, base, options):
    names = list(dict.fromkeys(name for result in results.values() for name in result["costs"]))
    peers = [name for name in names if name not in (TASK, ENGINE, WITHOUT)]
    lines = [f"{datetime.date.today()}, {os.cpu_count()} cores ({measure.processor()}), medians of {options.rounds} rounds, seconds"
             + (f", images scaled to {options.scale:g}: no figures to quote" if options.scale != 1 else "") + ".", ""]
    lines += table(["image", "layers", "MB survive", "files", "task", "whole build", "engine", WITHOUT, "floor, .NET's gzip", "floor, ISA-L", *peers],
                   [[kind, result["layers"], f"{result['tree'][1] / 1e6:.0f}", result["tree"][0], seconds(result["costs"][TASK].wall), seconds(result["whole"]),
                     seconds(result["costs"][ENGINE].wall), seconds(result["costs"][WITHOUT].wall) if WITHOUT in result["costs"] else "", *map(seconds, result["floor"]),
                     *(seconds(result["costs"][p].wall) if p in result["costs"] else "" for p in peers)] for kind, result in results.items()])
    lines += ["", "The task's time as a part of others':", ""]
    lines += table(["image", "floor, .NET's gzip", "floor, ISA-L", *peers],
                   [[kind, *(f"{result['costs'][TASK].wall / f:.2f}" for f in result["floor"]),
                     *(f"{result['costs'][TASK].wall / result['costs'][p].wall:.2f}" if p in result["costs"] else "" for p in peers)]
                    for kind, result in results.items()])
    lines += ["", f"Processor time and peak memory (the task: the whole build; one without an image takes {base.wall:.2f} s, {base.cpu:.2f} s of processor time and {base.memory:.0f} MB):", ""]
    lines += table(["image", "who", "user", "system", "peak MB", "MB above a build without"],
                   [[kind, name, seconds(cost.user), seconds(cost.system), f"{cost.memory:.0f}", f"{cost.memory - base.memory:.0f}" if name == TASK else ""]
                    for kind, result in results.items() for name, cost in result["costs"].items()])
    return "\n".join(lines)


def table(head, rows):
    return ["| " + " | ".join(map(str, row)) + " |" for row in [head, ["---"] * len(head), *rows]]


def seconds(value):
    return f"{value:.2f}"


main()
