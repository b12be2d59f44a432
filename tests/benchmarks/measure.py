"""Runs a command and measures its cost."""

import dataclasses
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

ENVIRONMENT = os.environ | {
    "DOTNET_NOLOGO": "1", "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "MSBUILDDISABLENODEREUSE": "1", "DOTNET_CLI_USE_MSBUILD_SERVER": "0",
    "MSBUILDTERMINALLOGGER": "off", "LC_ALL": "C.UTF-8"}


@dataclasses.dataclass
class Cost:
    """Seconds of wall clock, of user and of system time, and the largest process's peak of resident memory in MB."""

    wall: float
    user: float = 0
    system: float = 0
    memory: float = 0
    output: str = ""

    @property
    def cpu(self):
        return self.user + self.system


def run(command, directory=None, environment=None, accept=(0,)):
    """Uses GNU time: a direct child of this process would count this process's memory too."""
    with tempfile.NamedTemporaryFile("r") as report:
        start = time.perf_counter()
        done = subprocess.run(["/usr/bin/time", "-q", "-o", report.name, "-f", "%U %S %M", *map(str, command)], cwd=directory, text=True,
                              env=ENVIRONMENT | (environment or {}), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        wall = time.perf_counter() - start
        if done.returncode not in accept:
            raise SystemExit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout[-3000:]}")
        user, system, kilobytes = report.read().split()[-3:]
    return Cost(wall, float(user), float(system), int(kilobytes) / 1000, done.stdout)


def median(costs):
    return Cost(*(statistics.median(getattr(cost, field) for cost in costs) for field in ("wall", "user", "system", "memory")))


def warm(files):
    """Reads the input beforehand, so that every contestant reads it from memory."""
    for file in files:
        with open(file, "rb") as source:
            while source.read(1 << 20):
                pass


def settle():
    """Writes everything to the disk now, so that it does not slow the next contestant down."""
    subprocess.run(["sync"], check=True)


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
