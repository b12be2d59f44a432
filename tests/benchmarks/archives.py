#!/usr/bin/env python3
"""What archives of the tree cost: tests/benchmarks/archives.py [--rounds N] [--kinds A,B] [--scale S] WORK

Measures four builds of one image, one after the other in each round, and compares them within the round: a directory alone; a directory and a
.tar; a .tar.zst alone; and `umoci unpack`, GNU tar and `zstd -3 -T2` as root. The table has the medians of the rounds' ratios: what else the
machine does disturbs both sides of a ratio. It still costs more seconds where more threads work, so the ratios of processor time are there too. For ours, the
task's seconds count, and the whole build's processor time, less that of a build without an image. Run it as root. It needs what run.py needs, and
umoci. WORK may be that of run.py: the images are the same.
"""

import argparse
import datetime
import os
import pathlib
import statistics
import sys

sys.dont_write_bytecode = True

import contestants
import disk
import images
import measure
import oci

DIRECTORY, BOTH, ALONE, UMOCI = "directory", "directory and .tar", ".tar.zst alone", "umoci, tar, zstd -3 -T2"

# What is divided by what, and the most that the ratio should be.
RATIOS = [(BOTH, DIRECTORY, 1.25), (ALONE, UMOCI, 0.7), (ALONE, DIRECTORY, 1.3)]
MOST_MEMORY = 150  # MB above a build without an image


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=["stack.gzip", "smallfiles.gzip"])
    parser.add_argument("--scale", type=float, default=1, help="a part of each image, for a quick try")
    parser.add_argument("--disk", type=int, default=12, help="gigabytes of the file system to unpack into")
    parser.add_argument("work", type=lambda text: pathlib.Path(text).absolute())
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    source = images.Images(options.work, options.scale)
    layouts = {kind: source.get(kind) for kind in options.kinds}
    task = contestants.Task(options.work)
    base = measure.median([task.build(task.without) for _ in range(3)][1:])
    print(f"{datetime.date.today()}, {os.cpu_count()} cores ({measure.processor()}), {options.rounds} rounds"
          + (f", images scaled to {options.scale:g}: no figures to quote" if options.scale != 1 else "") + ".\n", flush=True)
    with disk.ext4(options.work, options.disk) as mount:
        for kind, layout in layouts.items():
            report(kind, rounds(kind, layout, task, mount, options.rounds), base)


def rounds(kind, layout, task, mount, count):
    """Seconds and costs of each round. The first one warms caches and does not count; each next one begins with another build."""
    tree, tar, zstd = mount / "tree", mount / "tree.tar", mount / "tree.tar.zst"
    everybody = {
        DIRECTORY: lambda: task.run(kind, layout, tree),
        BOTH: lambda: task.run(kind, layout, tree, tar),
        ALONE: lambda: task.run(kind, layout, tree, zstd, directory=False),
        UMOCI: lambda: contestants.UmociAndTar().run(kind, layout, tree, zstd),
    }
    names, found = list(everybody), []
    for number in range(count + 1):
        costs = {}
        for name in names[number % len(names):] + names[:number % len(names)]:
            measure.warm(oci.layers(layout))
            measure.settle()
            costs[name] = everybody[name]()
            measure.settle()
            if name in (BOTH, ALONE):
                costs[name].size = (tar if name == BOTH else zstd).stat().st_size
            for made in (tree, tar, zstd):
                disk.remove(made)
        print(f"{kind}: " + ", ".join(f"{name} {seconds(cost):.2f}" for name, cost in costs.items()), file=sys.stderr, flush=True)
        found.append(costs)
    return found[1:]


def seconds(cost):
    return getattr(cost, "task", cost.wall)


def work(costs, name, base):
    return costs[name].cpu - (0 if name == UMOCI else base.cpu)


def report(kind, found, base):
    print(f"{kind}\n\n| build | seconds | whole build | processor | peak MB | above a build without | MB written |\n|---|---|---|---|---|---|---|")
    for name in found[0]:
        costs = [costs[name] for costs in found]
        middle = measure.median(costs)
        memory = f"{middle.memory - base.memory:.0f}" + " **!**" * (middle.memory - base.memory > MOST_MEMORY) if name != UMOCI else ""
        size = f"{costs[0].size / 1e6:.0f}" if hasattr(costs[0], "size") else ""
        print(f"| {name} | {statistics.median(map(seconds, costs)):.2f} | {middle.wall:.2f} | {middle.cpu:.2f} | {middle.memory:.0f} | {memory} | {size} |")
    print("\n| ratio | median of rounds | from | to | should be at most | of processor time |\n|---|---|---|---|---|---|")
    for over, under, most in RATIOS:
        ratios = sorted(seconds(costs[over]) / seconds(costs[under]) for costs in found)
        middle = statistics.median(ratios)
        processor = statistics.median(work(costs, over, base) / work(costs, under, base) for costs in found)
        print(f"| {over} / {under} | {middle:.2f}{' **!**' * (middle > most)} | {ratios[0]:.2f} | {ratios[-1]:.2f} | {most} | {processor:.2f} |")
    print(flush=True)


main()
