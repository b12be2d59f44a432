"""Writes OCI layouts for measurements, with layers from tar files or from entries made on the fly. The output is deterministic. It shares
no code with the engine.
"""

import hashlib
import json
import subprocess
import zlib

MEDIA = "application/vnd.oci.image."
CHUNK = 1 << 20


class Hashing:
    """A file to write, with the digest and the number of the bytes written."""

    def __init__(self, file):
        self.file, self.hash, self.size = file, hashlib.sha256(), 0

    def write(self, data):
        self.hash.update(data)
        self.size += len(data)
        return self.file.write(data)

    @property
    def digest(self):
        return "sha256:" + self.hash.hexdigest()


class Layout:
    def __init__(self, directory):
        self.directory = directory
        self.blobs = directory / "blobs/sha256"
        self.blobs.mkdir(parents=True)
        self.layers, self.diff_ids, self.sizes = [], [], []

    def add_blob(self, data):
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"digest": "sha256:" + digest, "size": len(data)}

    def add_layer(self, pieces, compression="gzip", level=1):
        """Adds a layer from an iterable of bytes and compresses it here, because generated content is never stored inflated."""
        new = self.blobs / "new"
        with open(new, "wb") as file:
            blob = Hashing(file)
            inflated = Hashing(Compressor(blob, compression, level))
            for piece in pieces:
                inflated.write(piece)
            inflated.file.close()
        self.take(new, blob, inflated, compression)

    def add_tar(self, tar, compression):
        """Adds a layer from a tar file, compressed by the usual tool with its usual options."""
        command = {"gzip": ["gzip", "-n", "-6", "-c"], "zstd": ["zstd", "-q", "-3", "-c"]}[compression]
        new = self.blobs / "new"
        with open(tar, "rb") as source, open(new, "wb") as file:
            blob, inflated = Hashing(file), hashlib.file_digest(source, "sha256").hexdigest()
            source.seek(0)
            with subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE) as process:
                while data := process.stdout.read(CHUNK):
                    blob.write(data)
        if process.returncode != 0:
            raise SystemExit(f"{command[0]} failed")
        total = Hashing(None)
        total.size = tar.stat().st_size
        self.take(new, blob, total, compression, "sha256:" + inflated)

    def take(self, new, blob, inflated, compression, diff_id=None):
        new.rename(self.blobs / blob.digest.removeprefix("sha256:"))
        suffix = {"gzip": "+gzip", "zstd": "+zstd", "none": ""}[compression]
        self.layers.append({"mediaType": MEDIA + "layer.v1.tar" + suffix, "digest": blob.digest, "size": blob.size})
        self.diff_ids.append(diff_id or inflated.digest)
        self.sizes.append(inflated.size)

    def finish(self, name="latest"):
        config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": self.diff_ids}}
        manifest = {
            "schemaVersion": 2, "mediaType": MEDIA + "manifest.v1+json",
            "config": {"mediaType": MEDIA + "config.v1+json"} | self.add_blob(json.dumps(config).encode()), "layers": self.layers}
        descriptor = {"mediaType": manifest["mediaType"]} | self.add_blob(json.dumps(manifest).encode())
        descriptor |= {"annotations": {"org.opencontainers.image.ref.name": name}, "platform": {"architecture": "amd64", "os": "linux"}}
        (self.directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [descriptor]}))
        (self.directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


class Compressor:
    def __init__(self, file, kind, level):
        self.file, self.engine = file, zlib.compressobj(level, zlib.DEFLATED, 31) if kind == "gzip" else None

    def write(self, data):
        self.file.write(self.engine.compress(data) if self.engine else data)

    def close(self):
        if self.engine:
            self.file.write(self.engine.flush())


def layers(directory):
    """The blobs of a layout's one image, bottom layer first."""
    manifest = json.loads(blob_file(directory, json.loads((directory / "index.json").read_text())["manifests"][0]).read_text())
    return [blob_file(directory, layer) for layer in manifest["layers"]]


def blob_file(directory, descriptor):
    return directory / "blobs/sha256" / descriptor["digest"].removeprefix("sha256:")


# ---- tar entries as bytes: tarfile takes 30 µs an entry, which is too much for millions

FILE, HARDLINK, SYMLINK, DIRECTORY, PAX = b"0", b"1", b"2", b"5", b"x"
END = bytes(1024)


def entry(name, kind=FILE, content=b"", mode=0o644, link=b"", mtime=1_700_000_000, size=None, pax=()):
    """One entry. With a size, it has only the headers: the caller yields the content and its padding."""
    records = list(pax)
    if len(name) > 100:
        records.append((b"path", name))
    if len(link) > 100:
        records.append((b"linkpath", link))
    out = b""
    if records:
        body = b"".join(record(key, value) for key, value in records)
        out = header(b"pax", PAX, len(body), 0o644, b"", mtime) + padded(body)
    length = len(content) if size is None else size
    return out + header(name[:100], kind, length, mode, link[:100], mtime) + (padded(content) if size is None else b"")


def header(name, kind, size, mode, link, mtime):
    number = b"%011o\0" % size if size < 1 << 33 else b"\x80" + size.to_bytes(11)
    head = b"%b%07o\0%07o\0%07o\0%b%011o\0" % (name.ljust(100, b"\0"), mode, 0, 0, number, mtime)
    tail = kind + link.ljust(100, b"\0") + b"ustar\x0000" + bytes(247)
    return head + b"%06o\0 " % (sum(head) + sum(tail) + 8 * 32) + tail


def padded(content):
    return content + bytes(-len(content) % 512)


def record(key, value):
    length = len(key) + len(value) + 3
    total = length + len(str(length))
    if len(str(total)) != len(str(length)):
        total += 1
    return b"%d %b=%b\n" % (total, key, value)
