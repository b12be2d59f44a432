#!/usr/bin/env python3
"""Counts the engine's use of the system. The counts must not grow: tests/guards/run.py [RUNNER]

The script makes one image of several layers. The runner extracts it under strace, and then has nothing to do. Both runs are repeated with
code compiled ahead of time: the script counts the methods that the JIT still compiles, and the bytes of large objects. The run with nothing
to do is also repeated on the image as a compressed archive. The script measures no time, so nothing here depends on the machine or on its
other work. Each check prints a line "ok ..." or "FAIL ..."; the last line is "N passed, N failed". RUNNER is Oci.Rootfs.Runner.dll of a
release build; without it, the script builds it.
"""

import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.dont_write_bytecode = True
here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "benchmarks"))

from oci import END, SYMLINK, Layout, entry, layers

LAYERS = 4
# More directories than the engine may have open at once, one small file in each.
DIRECTORIES, OWN = 1500, 20
BIG = 3 << 20
# The engine keeps 500, and 32 for each of at most nine batches of small files. It walks through some more.
MOST_HANDLES = 800
# Methods compiled in a process of compiled code: generic types and methods of the framework may need code for types that it has no code
# for. The counts were 16 and 12, most of them for the framework's own needs. One List<OurStruct> adds ten.
MOST_COMPILED, MOST_COMPILED_FOR_NOTHING = 21, 16
# Methods compiled for an archive: 20, eight of them for reading it. When the serialiser read the cache's record, there were 453.
MOST_COMPILED_FOR_COMPRESSED = 24
# Bytes of large objects: after three megabytes of them, MSBuild collects its whole heap. The count was 0; the runtime reports at least 100
# KB at a time.
MOST_LARGE_OBJECTS = 250_000
# The processor decides whether the JIT compiles the framework's vector code again.
VECTORS = re.compile("Vector|SpanHelpers|SearchValues|IndexOfAnyAsciiSearcher|ProbabilisticMap|HexConverter")
# The engine's nodes for trials of what it may set have names that begin so.
PROBE = "probe"

WRITES = ("write", "pwrite64", "writev", "pwritev")
READS = ("read", "pread64", "readv", "preadv")
CHANGES = ("mkdir", "mkdirat", "mknodat", "unlink", "unlinkat", "rmdir", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
           "truncate", "ftruncate", "fallocate", "copy_file_range", "sendfile", "chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "utimensat",
           "setxattr", "fsetxattr", "lsetxattr")
OPENS = ("open", "openat", "openat2", "creat")

counts = collections.Counter()


def check(name, found, wanted):
    counts[found == wanted] += 1
    print(f"ok    {name}" if found == wanted else f"FAIL  {name}: {found}, not {wanted}")


def main():
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary).resolve()
        runner = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else dotnet("build", work / "runner")
        image, files = make_image(work / "image")
        guard_extraction(*trace(runner, image, work, 0), image, files, work)
        guard_nothing_to_do(*trace(runner, image, work, 3), image, work)
        remove_tree(work)
        compiled_runner = publish(work)
        guard_compilation(compiled_runner, image, work)
        remove_tree(work)
        guard_large_objects(compiled_runner, image, work)
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


def remove_tree(work):
    shutil.rmtree(work / "tree")
    (work / ".tree.oci").unlink()


def publish(work):
    return dotnet("publish", work / "compiled", "-r", "linux-" + {"x86_64": "x64", "aarch64": "arm64"}[os.uname().machine], "--self-contained", "false",
                  "-p:PublishReadyToRun=true")


def dotnet(verb, output, *options):
    done = subprocess.run(["dotnet", verb, here.parent / "Oci.Rootfs.Runner", "-c", "Release", "-o", output, "-nodeReuse:false", *options],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stdout)
    return output / "Oci.Rootfs.Runner.dll"


# ---- the image: each layer writes all shared files again, so that only the last one's survive, and has files of its own

def make_image(directory):
    image, files = Layout(directory), {}
    for layer in range(LAYERS):
        own = {f"shared/d{d}/file": 100 + d + layer for d in range(DIRECTORIES)}
        own |= {f"own{layer}/file-{f}": 1000 * f + layer for f in range(OWN)} | {f"big{layer}": BIG + layer}
        image.add_layer(contents(own, layer), "gzip" if layer % 2 else "none")
        files |= own
    image.add_layer([entry(b"own0/.wh..wh..opq"), entry(b"own1/.wh.file-0"), entry(b".wh.big2"), entry(b"link", SYMLINK, link=b"shared/d0"), END])
    image.finish()
    return directory, {name: size for name, size in files.items() if not name.startswith("own0/") and name not in ("own1/file-0", "big2")}


def contents(files, layer):
    for name, size in files.items():
        yield entry(name.encode(), content=bytes([65 + layer]) * size)
    yield END


# ---- strace

class Call:
    def __init__(self, name, arguments, result):
        self.name, self.arguments, self.result = name, arguments, result
        handle = re.match(r"(?:AT_FDCWD|\d+)<([^>]*)>", arguments)
        # The file behind the handle in the first argument.
        self.file = handle[1] if handle else ""
        path = re.search(r'"((?:[^"\\]|\\.)*)"', arguments)
        self.path = os.path.join(self.file, path[1]) if path else self.file
        number = re.match(r"-?\d+", result)
        self.value = int(number[0]) if number else -1


def trace(runner, image, work, expected):
    """The runner's output, and its system calls on files in the order of their ends."""
    log = work / "trace"
    command = ["strace", "-f", "-y", "-s", "4096", "-o", log, "-e", "trace=" + ",".join((*WRITES, *READS, *CHANGES, *OPENS, "close", "dup", "fcntl")),
               "dotnet", runner, "extract", image, work / "tree", "--platform", "linux/amd64"]
    # Whole contents would make the log as long as the image.
    command[command.index("4096")] = "300"
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, umask=0o022)
    if done.returncode != expected:
        raise SystemExit(f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    calls, unfinished = [], {}
    for line in log.read_text(errors="surrogateescape").splitlines():
        thread, _, text = line.partition(" ")
        text = text.strip()
        if text.endswith("<unfinished ...>"):
            unfinished[thread] = text.removesuffix("<unfinished ...>")
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>", text):
            text = unfinished.pop(thread, "") + text[resumed.end():]
        if call := re.match(r"(\w+)\((.*)\)\s+= (.*)$", text):
            calls.append(Call(*call.groups()))
    return done.stdout, calls


# ---- the checks

def guard_extraction(said, calls, image, files, work):
    blobs = {str(blob): blob.stat().st_size for blob in layers(image)}
    opened = collections.Counter(c.path for c in calls if c.name in OPENS and c.value >= 0)
    read = collections.Counter()
    for c in calls:
        if c.name in READS and c.value > 0:
            read[c.file] += c.value
    check("each layer's blob is opened once", {b: opened[b] for b in blobs}, dict.fromkeys(blobs, 1))
    check("each layer's blob is read once, to its end", {b: read[b] for b in blobs}, blobs)
    check("each layer is inflated once", len(re.findall(r"^Layer \d+ of \d+ .* bytes inflated\.$", said, re.M)), len(blobs))
    check("no layer is read in a second pass", "second pass" in said, False)

    made = collections.Counter(inside(c.path, work) for c in calls if c.name in OPENS and "O_CREAT" in c.arguments and c.value >= 0 and inside(c.path, work))
    check("each surviving file is made once", [n for n in files if made[n] != 1], [])
    check("no file is made that does not survive", [n for n in made if n not in files and n != PROBE], [])
    written = collections.Counter()
    for c in calls:
        if c.name in WRITES and c.value > 0 and inside(c.file, work):
            written[inside(c.file, work)] += c.value
    check("each surviving file's bytes are written once", {n: written[n] for n in files if written[n] != files[n]}, {})
    check("nothing in the tree is moved or removed",
          [c.path for c in calls if c.name in ("unlink", "unlinkat", "rename", "renameat", "renameat2", "rmdir")
           and c.value == 0 and inside(c.path, work) and not inside(c.path, work).startswith(PROBE)], [])
    check("no owner and no mode is set that a node has from the start",
          [f"{c.name} {c.path}" for c in calls if c.name in ("fchown", "fchownat", "fchmod", "chmod") and inside(c.path, work).strip(".") not in ("", PROBE)], [])
    check("directories are made once", max(collections.Counter(c.path for c in calls if c.name == "mkdirat" and c.value == 0).values()), 1)
    check(f"no more than {MOST_HANDLES} handles to directories", most_handles(calls, work) <= MOST_HANDLES, True)


def most_handles(calls, work):
    most, open_now = 0, set()
    for c in calls:
        if c.name == "openat" and "O_DIRECTORY" in c.arguments and c.value >= 0 and c.path.startswith(str(work)):
            open_now.add(c.value)
            most = max(most, len(open_now))
        elif c.name == "close":
            open_now.discard(int(re.match(r"\d+", c.arguments)[0]))
    print(f"      at most {most} handles to directories at once")
    return most


def guard_nothing_to_do(said, calls, image, work):
    blobs = set(map(str, layers(image)))
    ours = [c for c in calls if c.path.startswith(str(work)) and not c.path.startswith(str(work / "runner"))]
    check("nothing to do: no layer is opened", [c.path for c in ours if c.name in OPENS and c.path in blobs], [])
    check("nothing to do: nothing is made", [c.path for c in ours if c.name in OPENS and "O_CREAT" in c.arguments and c.value >= 0], [])
    check("nothing to do: nothing is written", [c.path for c in ours if c.name in WRITES], [])
    check("nothing to do: nothing is changed", [f"{c.name} {c.path}" for c in ours if c.name in CHANGES], [])


def guard_compilation(runner, image, work):
    few(f"at most {MOST_COMPILED} methods are compiled for an extraction", compiled(runner, image, work, 0), MOST_COMPILED)
    few(f"nothing to do: at most {MOST_COMPILED_FOR_NOTHING} methods are compiled", compiled(runner, image, work, 3), MOST_COMPILED_FOR_NOTHING)
    archive = work / "image.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for name in "oci-layout", "index.json", "blobs":
            tar.add(image / name, name)
    # The first run unpacks the archive into the cache and makes the tree again, because the image has another name now.
    compiled(runner, archive, work, 0)
    few(f"nothing to do, compressed as a whole: at most {MOST_COMPILED_FOR_COMPRESSED} methods are compiled", compiled(runner, archive, work, 3), MOST_COMPILED_FOR_COMPRESSED)


def guard_large_objects(runner, image, work):
    large = large_objects(runner, image, work, 0)
    print(f"      {large} bytes of large objects")
    check(f"at most {MOST_LARGE_OBJECTS} bytes of large objects are allocated for an extraction", large <= MOST_LARGE_OBJECTS, True)
    check("nothing to do: no large object is allocated", large_objects(runner, image, work, 3), 0)


def large_objects(runner, image, work, expected):
    return int(re.search(r"^largeObjects=(\d+)$", run(runner, image, work, expected, {}, "--large-objects"), re.M)[1])


def few(name, methods, most):
    check(name, len(methods) <= most, True)
    print(f"      {len(methods)} methods")
    if len(methods) > most:
        print(*(f"      {m}" for m in methods), sep="\n")


def compiled(runner, image, work, expected):
    """The methods whose first code the JIT compiler made. Methods that it later made faster don't count, because that depends on time."""
    log = work / "jit"
    log.unlink(missing_ok=True)
    run(runner, image, work, expected, {"DOTNET_JitStdOutFile": str(log), "DOTNET_JitDisasmSummary": "1", "DOTNET_TieredPGO": "0"}, "--cache", work / "cache")
    methods = re.findall(r"JIT compiled (.*) \[Tier-?0", log.read_text())
    if not methods:
        raise SystemExit("the runtime says nothing of what it compiles")
    return [m for m in methods if not VECTORS.search(m)]


def run(runner, image, work, expected, environment, *options):
    """The runner's output, with all optional files written."""
    command = ["dotnet", runner, "extract", image, work / "tree", "--platform", "linux/amd64", *options]
    for file in "json", "props", "manifest":
        command += [f"--{file}", work / f"tree.{file}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=os.environ | environment)
    if done.returncode != expected:
        raise SystemExit(f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def inside(path, work):
    """The image's name of a path of the tree under construction; else nothing."""
    match = re.match(re.escape(str(work)) + r"/\.tree\.[^/]+/(.*)", path)
    return match[1] if match else ""


sys.exit(main())
