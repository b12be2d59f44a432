#!/usr/bin/env python3
"""What it costs to take an image from a registry: registry.py RUNNER WORK [ROUNDS]

RUNNER is Oci.Rootfs.Runner.dll of a Release build, WORK a directory that is made anew. The image is made of this machine's own files, in ten
layers. It is served by docker-registry (as fast as it goes) and by a server of the script's own (100 MB/s in all, or with connections that are
cut after each 10 MB). Each round does everything once, in turn; the figures are medians. Needs docker-registry and skopeo.
"""

import hashlib
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tarfile
import threading
import time

RUNNER = pathlib.Path(sys.argv[1]).resolve()
WORK = pathlib.Path(sys.argv[2]).resolve()
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
RATE = 100e6
CUT = 10_000_000


def must(*command):
    started = time.monotonic()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode not in (0, 3):
        sys.exit(f"{command}: {done.stderr}")
    return time.monotonic() - started, done.stdout


def make_image(directory):
    """Ten layers of some 25 MB each, of files that any machine with the SDK has."""
    blobs = directory / "blobs/sha256"
    blobs.mkdir(parents=True)

    def add(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": kind, "digest": "sha256:" + digest, "size": len(data)}

    files, sizes, layers, diffs = [[]], 0, [], []
    for root, _, names in os.walk("/usr"):
        for name in sorted(names):
            path = pathlib.Path(root, name)
            if path.is_file() and not path.is_symlink():
                files[-1].append(path)
                sizes += path.stat().st_size
                if sizes > 70_000_000:
                    files.append([])
                    sizes = 0
        if len(files) > 10:
            break
    for group in files[:10]:
        tar = WORK / "layer.tar"
        with tarfile.open(tar, "w") as out:
            for path in group:
                out.add(path, recursive=False)
        diffs.append("sha256:" + hashlib.sha256(tar.read_bytes()).hexdigest())
        layers.append(add(subprocess.run(["gzip", "-6", "-c", tar], capture_output=True, check=True).stdout, "application/vnd.oci.image.layer.v1.tar+gzip"))
        tar.unlink()
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": diffs}}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": layers,
                "config": add(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json")}
    top = add(json.dumps(manifest).encode(), manifest["mediaType"])
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))
    (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return top["digest"], sum(layer["size"] for layer in layers)


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    blobs = None
    slow = cut = False
    sent = requests = 0
    lock = threading.Lock()
    due = 0.0

    def log_message(self, *_):
        pass

    def do_GET(self):
        data = (Server.blobs / self.path.rsplit(":", 1)[1]).read_bytes()
        start = int(self.headers["Range"][6:-1]) if self.headers["Range"] else 0
        with Server.lock:
            Server.requests += 1
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = min(len(data), start + CUT) if Server.cut else len(data)
        view = memoryview(data)
        for at in range(start, end, 1 << 18):
            piece = view[at : min(end, at + (1 << 18))]
            if Server.slow:
                with Server.lock:
                    now = time.monotonic()
                    Server.due = max(Server.due, now - 0.05) + len(piece) / RATE
                    wait = Server.due - now
                if wait > 0:
                    time.sleep(wait)
            self.wfile.write(piece)
            with Server.lock:
                Server.sent += len(piece)
        if end < len(data):
            # The bytes that the kernel still has are lost, as they are when a network breaks.
            self.close_connection = True


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    digest, size = make_image(WORK / "image")
    print(f"image: {size / 1e6:.0f} MB in ten layers", flush=True)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    (WORK / "registry.yml").write_text(json.dumps({"version": 0.1, "log": {"level": "error", "accesslog": {"disabled": True}}, "storage": {"filesystem": {"rootdirectory": str(WORK / "registry")}}, "http": {"addr": f"127.0.0.1:{port}"}}))
    registry = subprocess.Popen(["docker-registry", "serve", WORK / "registry.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    Server.blobs = WORK / "image/blobs/sha256"
    own = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    own.daemon_threads = True
    threading.Thread(target=own.serve_forever, daemon=True).start()
    try:
        time.sleep(1)
        must("skopeo", "copy", "--dest-tls-verify=false", f"oci:{WORK}/image", f"docker://127.0.0.1:{port}/image:1")
        fast, slow = f"docker://127.0.0.1:{port}/image@{digest}", f"docker://127.0.0.1:{own.server_address[1]}/image@{digest}"
        tree, store = WORK / "tree", WORK / "store"

        def clean(*more):
            for path in (tree, WORK / "copied", WORK / ".tree.oci", *more):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
            os.sync()

        def fetch(image):
            clean(store)
            return must("dotnet", RUNNER, "fetch", image, "--store", store, "--platform", "linux/amd64")[0]

        def extract(image, kept=False, *more):
            clean(*([] if kept else [store]))
            return must("dotnet", RUNNER, "extract", image, tree, "--platform", "linux/amd64", "--store", store, *more)

        def peak(image):
            # The store is empty: everything comes over the connection.
            return int(re.search(r"peak=(\d+)", extract(image, False, "--peak")[1]).group(1)) / 1024

        times = {}
        for _ in range(ROUNDS):
            def note(name, seconds):
                times.setdefault(name, []).append(seconds)

            Server.slow = False
            clean()
            note("skopeo copy", must("skopeo", "copy", "--src-tls-verify=false", fast, f"oci:{WORK}/copied")[0])
            note("fetch", fetch(fast))
            note("extract from the store", extract(fast, kept=True)[0])
            note("fetch and extract", extract(fast)[0])
            Server.slow = True
            note("fetch at 100 MB/s", fetch(slow))
            note("fetch at 100 MB/s and extract", extract(slow)[0])
            note("peak of memory, from a registry", peak(fast))
            note("peak of memory, from disk", peak(WORK / "image"))
        medians = {name: statistics.median(values) for name, values in times.items()}
        for name, value in medians.items():
            print(f"{name:35} {value:8.2f} {'MB' if 'memory' in name else 's'}")

        def ratio(what, a, b):
            print(f"{what}: {a / b:.2f}")

        ratio("fetch / skopeo copy", medians["fetch"], medians["skopeo copy"])
        ratio("both at 100 MB/s / the slower of the two alone", medians["fetch at 100 MB/s and extract"], max(medians["fetch at 100 MB/s"], medians["extract from the store"]))
        print(f"memory above the same image on disk: {medians['peak of memory, from a registry'] - medians['peak of memory, from disk']:.0f} MB")
        Server.slow, Server.cut, Server.sent, Server.requests = False, True, 0, 0
        fetch(slow)
        print(f"cut after each 10 MB: {(Server.sent - size) / size:.2%} of the bytes sent twice, {Server.requests} requests")
    finally:
        registry.kill()


main()
