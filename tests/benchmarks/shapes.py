"""Layers of one shape in growing sizes, compressed while they are made. Hostile or unusual images could look like them."""

from oci import DIRECTORY, END, HARDLINK, entry

BLOCK = bytes(range(256)) * 64


def files(count):
    """Empty files, 1000 a directory."""
    yield from batched(entry(b"d%d/file-number-%d" % (i // 1000, i)) for i in range(count))
    yield END


def small_files(count):
    """Files of 1 KB, 100 a directory."""
    yield from batched(entry(b"d%d/file-number-%d" % (i // 100, i), content=BLOCK[:1024]) for i in range(count))
    yield END


def content(megabytes):
    """One file. Its blocks repeat, because otherwise its blob would be as large."""
    yield entry(b"big", size=megabytes << 20)
    for _ in range(megabytes):
        yield BLOCK * 64
    yield END


def wide(count):
    """One directory with its names in no order."""
    yield from batched(entry(b"d/%08x" % (i * 2654435761 % (1 << 32))) for i in range(count))
    yield END


def directories(count):
    """Directories only, each in the root. The engine opens each of them for its metadata."""
    yield from batched(entry(b"%08x" % (i * 2654435761 % (1 << 32)), DIRECTORY, mode=0o755) for i in range(count))
    yield END


def deep(depth):
    """One path; each directory has an entry."""
    yield from batched(entry(b"d/" * i, DIRECTORY, mode=0o755) for i in range(1, depth + 1))
    yield END


def two_chains(depth):
    """Two deep directories in turn: no cache holds handles to all their parents."""
    yield from batched(entry((b"a/" if i % 2 else b"b/") * depth + b"%d" % i) for i in range(200))
    yield END


def hardlinks(count):
    """Many names of one file."""
    yield entry(b"file", content=b"content")
    yield from batched(entry(b"d%d/link-%d" % (i // 1000, i), HARDLINK, link=b"file") for i in range(count))
    yield END


def hardlinks_backwards(count):
    """A chain of links in which each names the next one. The engine can link nothing before the last entry has come."""
    yield from batched(entry(b"link-%d" % i, HARDLINK, link=b"link-%d" % (i + 1)) for i in range(count))
    yield entry(b"link-%d" % count, content=b"content")
    yield END


def long_headers(count):
    """A PAX header of 100 KB before each file."""
    yield from batched(entry(b"file-%d" % i, pax=[(b"comment", b"c" * 100_000)]) for i in range(count))
    yield END


def whiteouts(count):
    """Whiteouts for every second file of the layer below."""
    yield from batched(entry(b"d%d/.wh.file-number-%d" % (i // 1000, i)) for i in range(0, count, 2))
    yield END


def opaque(count):
    """Opaque markers for every directory of the layer below."""
    yield from batched(entry(b"d%d/.wh..wh..opq" % i) for i in range(count // 1000))
    yield END


def batched(entries, size=1 << 18):
    out = []
    length = 0
    for one in entries:
        out.append(one)
        length += len(one)
        if length >= size:
            yield b"".join(out)
            out, length = [], 0
    yield b"".join(out)


# Name → the counted thing, the steps, and the layers for one step, bottom first.
SHAPES = {
    "files": ("entries", [1000, 10_000, 100_000, 300_000, 1_000_000], lambda n: [files(n)]),
    "small files": ("files of 1 KB", [1000, 10_000, 100_000], lambda n: [small_files(n)]),
    "bytes": ("MB in one file", [64, 256, 1024, 2048], lambda n: [content(n)]),
    "hidden bytes": ("MB that an upper layer replaces", [256, 1024, 4096, 8192], lambda n: [content(n), content(1)]),
    "layers": ("layers of 1000 files", [1, 10, 40, 120], lambda n: [files(1000) for _ in range(n)]),
    "layers apart": ("layers of 1000 files that all stand", [1, 10, 40, 120], lambda n: [moved(i, 1000) for i in range(n)]),
    "wide": ("names in one directory", [10_000, 100_000, 300_000], lambda n: [wide(n)]),
    "directories": ("directories", [1000, 10_000, 100_000], lambda n: [directories(n)]),
    "deep": ("directories in each other", [100, 1000, 2000, 4000], lambda n: [deep(n)]),
    "two chains": ("directories above 200 files, two chains in turn", [100, 400, 1000, 2000, 4000], lambda n: [two_chains(n)]),
    "hardlinks": ("names of one file", [1000, 10_000, 60_000], lambda n: [hardlinks(n)]),
    "hardlinks backwards": ("links, each to the next", [1000, 10_000, 60_000], lambda n: [hardlinks_backwards(n)]),
    "long headers": ("PAX headers of 100 KB", [100, 1000, 5000], lambda n: [long_headers(n)]),
    "whiteouts": ("files, half of them whited out", [1000, 10_000, 100_000, 300_000], lambda n: [files(n), whiteouts(n)]),
    "opaque": ("files in directories that an upper layer empties", [10_000, 100_000, 300_000], lambda n: [files(n), opaque(n)]),
}


def moved(layer, count):
    yield from batched(entry(b"layer%d/d%d/file-number-%d" % (layer, i // 1000, i)) for i in range(count))
    yield END
