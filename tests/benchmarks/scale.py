#!/usr/bin/env python3
"""Time and peak memory against size: tests/benchmarks/scale.py [--shapes A,B] [--most N] [--cores 1,2] [--no-disk] WORK

Prints a table for each shape (shapes.py), with the growth exponent between two steps. The time above that of an empty image grows as the
size to the power of this exponent: 1 is linear, 2 is quadratic. The time is processor time, because other work on the machine disturbs it
less. The table marks exponents above 1.2 and peaks of more than 150 MB above an empty image's. Run it as root, because it mounts a file
system of its own (disk.py). With --no-disk it needs no root and unpacks into WORK.
"""

import argparse
import contextlib
import math
import pathlib
import sys

sys.dont_write_bytecode = True

import contestants
import disk
import measure
import oci
import shapes

MOST_MEMORY, MOST_GROWTH = 150, 1.2
# Times less than this many seconds above an empty image's say nothing about growth.
LEAST = 0.15
# More inodes than the largest step needs; ext4 has one for 16 KB by default.
INODES = "1500000"


def main():
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    runner = contestants.Runner(options.work)
    where = contextlib.nullcontext(options.work) if options.no_disk else disk.ext4(options.work, options.disk, "-N", INODES)
    with where as mount:
        def run(layers, cores):
            return best(runner, layers, options, mount / "tree", cores)
        for cores in options.cores:
            print(f"\n## {cores} core{'s' * (cores > 1)}\n", flush=True)
            base = run([iter([oci.END])], cores)
            print(f"An empty image: {base.wall:.2f} s, {base.memory:.0f} MB.")
            for name in options.shapes:
                shape(name, base, lambda layers: run(layers, cores), options.most)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", type=lambda text: text.split(","), default=list(shapes.SHAPES))
    parser.add_argument("--most", type=int, default=1 << 40, help="leave out greater steps")
    parser.add_argument("--rounds", type=int, default=2, help="the fastest of them counts")
    parser.add_argument("--cores", type=lambda text: [int(n) for n in text.split(",")], default=[2])
    parser.add_argument("--disk", type=int, default=12, help="gigabytes of the file system to unpack into")
    parser.add_argument("--no-disk", action="store_true")
    parser.add_argument("work", type=lambda text: pathlib.Path(text).absolute())
    return parser.parse_args()


def shape(name, base, run, most):
    what, steps, make = shapes.SHAPES[name]
    print(f"\n{name}\n\n| {what} | wall s | user s | system s | MB above empty | µs of processor each | bytes each | growth |\n|---|---|---|---|---|---|---|---|", flush=True)
    last = None
    for n in steps:
        if n > most:
            break
        cost = run(make(n))
        time, memory = cost.cpu - base.cpu, cost.memory - base.memory
        growth = math.log(time / last[1]) / math.log(n / last[0]) if last and last[1] > LEAST and time > LEAST else None
        marks = ("" if growth is None else f"{growth:.2f}" + " **!**" * (growth > MOST_GROWTH)), f"{memory:.0f}" + " **!**" * (memory > MOST_MEMORY)
        print(f"| {n:,} | {cost.wall:.2f} | {cost.user:.2f} | {cost.system:.2f} | {marks[1]} | {max(0, time) / n * 1e6:.1f} | "
              f"{max(0, memory) / n * 1e6:.0f} | {marks[0]} |", flush=True)
        last = n, time


def best(runner, layers, options, destination, cores):
    image = options.work / "shape"
    disk.remove(image)
    layout = oci.Layout(image)
    for layer in layers:
        layout.add_layer(layer)
    layout.finish()
    costs = []
    for _ in range(options.rounds):
        measure.settle()
        costs.append(runner.run("shape", image, destination, cores))
        disk.remove(destination)
    disk.remove(image)
    return min(costs, key=lambda cost: cost.wall)


main()
