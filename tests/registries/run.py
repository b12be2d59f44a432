#!/usr/bin/env python3
"""Extracts images straight from Debian's docker-registry, and compares with what skopeo copies: run.py RUNNER WORK [PROJECT]

RUNNER is Oci.Rootfs.Runner.dll, WORK a directory for everything that is made. Needs docker-registry, skopeo, openssl, htpasswd and strace; all
servers are on 127.0.0.1. The registry runs open, with htpasswd behind TLS of an authority of the script's own, behind a token server with signed
tokens, and as a pull-through cache of the first. PROJECT is a sample's project, which is built from the open registry. The script prints a line a
check, and "N passed, N failed" at the end.
"""

import base64
import hashlib
import http.client
import http.server
import io
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
import urllib.parse

RUNNER = pathlib.Path(sys.argv[1]).resolve()
WORK = pathlib.Path(sys.argv[2]).resolve()
PROJECT = pathlib.Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else None
SECRETS = ["PASSWORD-of-htpasswd", "somebody:PASSWORD-of-htpasswd"]

passed = failed = 0
processes = []


def check(name, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
        print(f"ok    {name}", flush=True)
    else:
        failed += 1
        print(f"FAIL  {name}: {detail}", flush=True)


def call(*command, env=None, timeout=600):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=timeout, env=env)


def must(*command, **more):
    done = call(*command, **more)
    if done.returncode:
        sys.exit(f"{command}: {done.stderr}")
    return done.stdout


# ---- images


def layer(entries, compression):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(content), 1_700_000_000, 0o644
            tar.addfile(info, io.BytesIO(content))
    data = raw.getvalue()
    blob = subprocess.run(compression, input=data, capture_output=True, check=True).stdout if compression else data
    return blob, "sha256:" + hashlib.sha256(data).hexdigest()


def layout(directory, images):
    """images: a list of (architecture, layers, suffix of the layers' type). Several become an index."""
    blobs = directory / "blobs/sha256"
    blobs.mkdir(parents=True)

    def add(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": kind, "digest": "sha256:" + digest, "size": len(data)}

    manifests = []
    for architecture, layers, suffix in images:
        config = {"architecture": architecture, "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff for _, diff in layers]}}
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": add(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
            "layers": [add(blob, "application/vnd.oci.image.layer.v1.tar" + suffix) for blob, _ in layers],
        }
        manifests.append({**add(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json"), "platform": {"os": "linux", "architecture": architecture}})
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}
    top = manifests[0] if len(manifests) == 1 else add(json.dumps(index).encode(), index["mediaType"])
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [top]}))
    (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return directory


def make_images():
    images = WORK / "images"
    noise = random.Random(1)
    gzip, zstd = ["gzip", "-1"], ["zstd", "-1", "-c"]
    three = [layer([(f"f{i}", noise.randbytes(200_000)), ("same", b"%d" % i)], gzip) for i in range(3)]
    small = lambda text: [layer([("arch", text.encode())], gzip)]
    layout(images / "platforms", [("amd64", three, "+gzip"), ("arm64", small("arm64"), "+gzip")])
    layout(images / "zstd", [("amd64", [layer([("z", noise.randbytes(500_000))], zstd)], "+zstd")])
    layout(images / "many", [("amd64", [layer([(f"d/f{i}", b"%d" % i)], gzip) for i in range(127)], "+gzip")])
    # A gigabyte: pieces that repeat a random megabyte do not compress much with so small a window.
    piece = noise.randbytes(1 << 20)
    layout(images / "large", [("amd64", [layer([(f"large{i}", piece[i:] + piece[:i]) for i in range(1000)], None)], "")])
    return {
        "platforms": ["--all"],
        "zstd": [],
        "many": [],
        "large": [],
        "v2s2": ["--format", "v2s2"],
    }, {"v2s2": "many"}


# ---- servers


def free_port():
    import socket

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def registry(name, **sections):
    port = free_port()
    config = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(WORK / "registries" / name)}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    for section, value in sections.items():
        config[section] = {**config.get(section, {}), **value}
    file = WORK / f"{name}.yml"
    file.write_text(json.dumps(config))
    log = open(WORK / f"{name}.log", "w")
    processes.append(subprocess.Popen(["docker-registry", "serve", str(file)], stdout=log, stderr=log))
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.connect()
            return f"127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{name} does not start: {(WORK / f'{name}.log').read_text()}")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class TokenFront(http.server.BaseHTTPRequestHandler):
    """Gives signed tokens, and passes everything else on: a registry's realm has to be at its own host and port here."""

    protocol_version = "HTTP/1.1"
    backend = key = certificate = None
    tokens = 0
    blobs = []

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        if address.path == "/token":
            return self.token(urllib.parse.parse_qs(address.query))
        if "/blobs/" in address.path and self.headers.get("Authorization"):
            TokenFront.blobs.append(address.path)
        connection = http.client.HTTPConnection(TokenFront.backend, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
        connection.request(self.command, self.path, headers=headers)
        answer = connection.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        if answer.getheader("Content-Length") is None:
            self.send_header("Content-Length", "0")
        self.end_headers()
        if self.command != "HEAD":
            shutil.copyfileobj(answer, self.wfile)

    def token(self, query):
        TokenFront.tokens += 1
        repository = query["scope"][0].split(":")[1]
        now = int(time.time())
        header = {"typ": "JWT", "alg": "RS256", "x5c": [TokenFront.certificate]}
        claims = {
            "iss": "test", "aud": query["service"][0], "sub": "", "exp": now + 300, "nbf": now - 10, "iat": now, "jti": str(TokenFront.tokens),
            "access": [{"type": "repository", "name": repository, "actions": ["pull"]}],
        }
        text = b64(json.dumps(header).encode()) + b"." + b64(json.dumps(claims).encode())
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", TokenFront.key], input=text, capture_output=True, check=True).stdout
        body = json.dumps({"token": (text + b"." + b64(signature)).decode()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def certificate(name, host=None, authority=None):
    key, file = WORK / f"{name}.key", WORK / f"{name}.crt"
    must("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", key, "-out", file,
         *(["-addext", f"subjectAltName=IP:{host}", "-addext", "basicConstraints=critical,CA:FALSE", "-CA", WORK / f"{authority}.crt", "-CAkey", WORK / f"{authority}.key"] if authority else []))
    return key, file


# ---- extraction


def environment(home=None, **more):
    kept = {name: os.environ[name] for name in ("PATH", "DOTNET_ROOT", "LANG") if name in os.environ}
    return {**kept, "HOME": str(home or WORK / "nobody"), "DOTNET_CLI_HOME": str(WORK), **more}


def extract(image, tree, *options, env=None, wrapper=(), platform="linux/amd64"):
    tree.parent.mkdir(parents=True, exist_ok=True)
    return call(*wrapper, "dotnet", RUNNER, "extract", image, tree, "--name", "image", "--platform", platform, "--mtree", f"{tree}.mtree", "--json", f"{tree}.json",
                "--documents", f"{tree}.image", *options, env=env or environment(), timeout=900)


def record(tree):
    return pathlib.Path(f"{tree}.mtree").read_bytes()


def expected(name):
    """The record of the same image, copied by skopeo and read from disk."""
    tree = WORK / "expected" / name
    if not tree.exists():
        done = extract(WORK / "copied" / name, tree)
        if done.returncode:
            sys.exit(f"{name} from disk: {done.stderr}")
    return record(tree)


def compare(what, host, names, *options, env=None):
    for name in names:
        tree = WORK / "trees" / what / name
        done = extract(f"docker://{host}/{name}:1", tree, "--store", WORK / "stores" / what, *options, env=env)
        ok = done.returncode == 0 and record(tree) == expected(name)
        check(f"{what}: {name} is the tree of what skopeo copies", ok, done.stderr or "another record")
        shutil.rmtree(tree, ignore_errors=True)


def main():
    if WORK.exists():
        shutil.rmtree(WORK)
    (WORK / "registries").mkdir(parents=True)
    (WORK / "copied").mkdir()
    (WORK / "nobody").mkdir()
    options, made_of = make_images()

    opened = registry("open")
    for name, more in options.items():
        must("skopeo", "copy", *more, "--dest-tls-verify=false", f"oci:{WORK}/images/{made_of.get(name, name)}", f"docker://{opened}/{name}:1")
        must("skopeo", "copy", "--all", "--src-tls-verify=false", f"docker://{opened}/{name}:1", f"oci:{WORK}/copied/{name}")
    # v2s2 documents stay as they are only in skopeo's dir form; the registry's manifest is then compared by the tree alone.
    compare("open", opened, options)
    arm = WORK / "trees/open/arm"
    done = extract(f"docker://{opened}/platforms:1", arm, "--store", WORK / "stores/open", platform="linux/arm64")
    check("open: another platform of the same tag", done.returncode == 0 and (arm / "arch").read_text() == "arm64", done.stderr)

    # The store, offline and without a network.
    tree = WORK / "trees/offline"
    pinned = json.loads((WORK / "copied/many/index.json").read_text())["manifests"][0]["digest"]
    image = f"docker://{opened}/many@{pinned}"
    store = ("--store", WORK / "stores/offline")
    done = extract(image, tree, *store)
    check("a pinned image is fetched", done.returncode == 0, done.stderr)
    again = WORK / "trees/offline-again"
    trace = WORK / "trace"
    strace = ["strace", "-f", "-qq", "-e", "trace=connect", "-o", trace]
    no_network = ["unshare", "-n"] if call("unshare", "-n", "true").returncode == 0 else []
    check("a network namespace without interfaces can be made", bool(no_network), "unshare -n fails")
    for name, words, code, wrapper in [
        ("a second project", ["--offline"], 0, no_network),
        ("a second project, online", [], 0, strace),
    ]:
        shutil.rmtree(again, ignore_errors=True)
        shutil.rmtree(f"{again}.image", ignore_errors=True)
        pathlib.Path(again.parent / f".{again.name}.oci").unlink(missing_ok=True)
        trace.write_text("")
        done = extract(image, again, *store, *words, wrapper=wrapper)
        check(f"{name} takes all from the store", done.returncode == code and record(again) == record(tree), done.stderr)
        check(f"{name} connects to nothing", "AF_INET" not in trace.read_text(), trace.read_text()[:300])
    for name, words, code in [("nothing to do", [], 3), ("nothing to do, -question", ["--question"], 3), ("nothing to do, offline", ["--offline"], 3)]:
        trace.write_text("")
        done = extract(image, again, "--store", WORK / "stores/none", *words, "--libraries", wrapper=strace)
        check(f"{name}: it is up to date without the store", done.returncode == code and not (WORK / "stores/none").exists(), f"{done.returncode} {done.stderr}")
        check(f"{name}: nothing is connected to", "AF_INET" not in trace.read_text(), trace.read_text()[:300])
        check(f"{name}: System.Net.Http is not loaded", "System.Net.Http" not in done.stdout, done.stdout[-400:])
    trace.write_text("")
    done = extract(image, WORK / "trees/missing", "--store", WORK / "stores/none", "--offline", wrapper=[*no_network, *strace])
    check("offline, an image that was never fetched is OCI8004", done.returncode == 1 and done.stderr.startswith("OCI8004"), done.stderr)
    check("offline, nothing is connected to", "AF_INET" not in trace.read_text(), trace.read_text()[:300])

    # skopeo fills the store, and reads it.
    shared = WORK / "stores/shared"
    must("skopeo", "copy", "--all", "--src-tls-verify=false", "--dest-shared-blob-dir", shared / "blobs", f"docker://{opened}/many:1", f"oci:{WORK}/elsewhere")
    shared.chmod(0o700)
    done = extract(image, WORK / "trees/shared", "--store", shared, "--offline")
    check("a store that skopeo filled is enough", done.returncode == 0, done.stderr)
    done = call("skopeo", "copy", "--src-shared-blob-dir", WORK / "stores/offline/blobs", f"oci:{again}.image", f"oci-archive:{WORK}/back.tar")
    check("skopeo reads the project's documents with the store's blobs", done.returncode == 0, done.stderr)

    # With a password, behind TLS.
    certificate("authority")
    key, file = certificate("server", "127.0.0.1", "authority")
    passwords = WORK / "htpasswd"
    passwords.write_text(must("htpasswd", "-Bbn", "somebody", "PASSWORD-of-htpasswd"))
    locked = registry("htpasswd", storage={"filesystem": {"rootdirectory": str(WORK / "registries/open")}},
                      http={"tls": {"certificate": str(file), "key": str(key)}}, auth={"htpasswd": {"realm": "test", "path": str(passwords)}})
    home = WORK / "somebody"
    (home / ".docker").mkdir(parents=True)
    (home / ".docker/config.json").write_text(json.dumps({"auths": {locked: {"auth": base64.b64encode(b"somebody:PASSWORD-of-htpasswd").decode()}}}))
    trusted = home / f".config/containers/certs.d/{locked}"
    done = extract(f"docker://{locked}/many:1", WORK / "trees/untrusted", "--store", WORK / "stores/htpasswd", env=environment(home))
    check("an unknown authority is OCI8006", done.returncode == 1 and done.stderr.startswith("OCI8006"), done.stderr)
    trusted.mkdir(parents=True)
    shutil.copy(WORK / "authority.crt", trusted / "ca.crt")
    compare("htpasswd", locked, ["platforms", "many"], env=environment(home))
    strangers = WORK / "stranger"
    shutil.copytree(home / ".config", strangers / ".config")
    done = extract(f"docker://{locked}/many:1", WORK / "trees/stranger", "--store", WORK / "stores/stranger", env=environment(strangers))
    check("without credentials it is OCI8009", done.returncode == 1 and done.stderr.startswith("OCI8009"), done.stderr)
    (strangers / ".docker").mkdir()
    (strangers / ".docker/config.json").write_text(json.dumps({"auths": {locked: {"auth": base64.b64encode(b"somebody:wrong").decode()}}}))
    done = extract(f"docker://{locked}/many:1", WORK / "trees/stranger", "--store", WORK / "stores/stranger", env=environment(strangers))
    check("with a wrong password it is OCI8010", done.returncode == 1 and done.stderr.startswith("OCI8010"), done.stderr)

    # With tokens.
    key, file = certificate("tokens")
    port = free_port()
    backend = registry("tokens", storage={"filesystem": {"rootdirectory": str(WORK / "registries/open")}},
                       auth={"token": {"realm": f"http://127.0.0.1:{port}/token", "service": "registry", "issuer": "test", "rootcertbundle": str(file)}})
    TokenFront.backend, TokenFront.key = backend, key
    TokenFront.certificate = "".join(file.read_text().splitlines()[1:-1])
    front = http.server.ThreadingHTTPServer(("127.0.0.1", port), TokenFront)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    compare("tokens", f"127.0.0.1:{port}", ["platforms", "zstd"])
    check("one token is asked for in each build", TokenFront.tokens == 2, f"{TokenFront.tokens} tokens")

    # Several builds at once.
    TokenFront.blobs.clear()
    builds = []
    for i in range(4):
        tree = WORK / f"trees/at-once/{i}"
        tree.parent.mkdir(parents=True, exist_ok=True)
        builds.append(subprocess.Popen(["dotnet", str(RUNNER), "extract", f"docker://127.0.0.1:{port}/many@{pinned}", str(tree), "--platform", "linux/amd64", "--mtree", f"{tree}.mtree", "--json", f"{tree}.json",
                                        "--store", str(WORK / "stores/at-once")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()))
    codes = [build.wait(timeout=600) for build in builds]
    check("four builds at once each have the tree", codes == [0] * 4 and all(record(WORK / f"trees/at-once/{i}") == expected("many") for i in range(4)), codes)
    layers = [blob for blob in TokenFront.blobs if TokenFront.blobs.count(blob) > 1]
    # The config is a document, which each may ask for.
    check("four builds at once fetch each layer once", len(set(layers)) <= 1 and len(set(TokenFront.blobs)) == 128, f"{len(TokenFront.blobs)} requests")

    # As a pull-through cache before the first.
    mirror = registry("mirror", proxy={"remoteurl": f"http://{opened}"})
    compare("mirror", opened, ["platforms", "many"], "--mirror", f"{opened}={mirror}")
    filled = list((WORK / "registries/mirror").rglob("data"))
    check("the cache is filled by the first pull", len(filled) > 100, f"{len(filled)} blobs")
    processes[0].send_signal(signal.SIGSTOP)
    done = extract(f"docker://{opened}/many@{pinned}", WORK / "trees/mirror/alone", "--store", WORK / "stores/mirror-alone", "--mirror", f"{opened}={mirror}")
    check("the cache serves while the registry stands still", done.returncode == 0, done.stderr)
    processes[0].send_signal(signal.SIGCONT)

    # Killed at any moment.
    digest = json.loads((WORK / "copied/large/index.json").read_text())["manifests"][0]["digest"]
    moments = random.Random(7)
    tree = WORK / "trees/killed"
    words = ["dotnet", RUNNER, "extract", f"docker://{opened}/large@{digest}", tree, "--platform", "linux/amd64", "--mtree", f"{tree}.mtree", "--json", f"{tree}.json", "--documents", f"{tree}.image", "--store", WORK / "stores/killed"]
    kills = 0
    for _ in range(50):
        build = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
        try:
            build.wait(timeout=moments.uniform(0.05, 1.2))
        except subprocess.TimeoutExpired:
            build.kill()
            build.wait()
            kills += 1
    check("builds were killed", kills >= 20, f"{kills} of 50")
    done = extract(f"docker://{opened}/large@{digest}", tree, "--store", WORK / "stores/killed")
    check("after 50 builds that were killed the next one is right", done.returncode in (0, 3) and record(tree) == expected("large"), done.stderr or "another record")
    left = [file.name for file in (WORK / "stores/killed/partial").iterdir()]
    litter = [file.name for file in (WORK / "stores/killed").rglob("*.oci-new")]
    check("nothing is left of them in the store", not left and not litter, f"{left} {litter}")
    wrong = [file.name for file in (WORK / "stores/killed/blobs/sha256").iterdir() if hashlib.sha256(file.read_bytes()).hexdigest() != file.name]
    check("every blob of the store is right", not wrong, wrong)

    # A full disk.
    if os.geteuid() == 0:
        disk = WORK / "disk"
        disk.mkdir()
        must("mount", "-t", "tmpfs", "-o", "size=100m,mode=700", "tmpfs", disk)
        try:
            done = extract(f"docker://{opened}/large@{digest}", WORK / "trees/full", "--store", disk / "store")
            check("a full disk is OCI8016", done.returncode == 1 and done.stderr.startswith("OCI8016") and "no space" in done.stderr, done.stderr)
            check("a full disk leaves no tree", not (WORK / "trees/full").exists(), "a tree")
        finally:
            must("umount", disk)

    # The sample, as a user builds it.
    if PROJECT:
        # NuGet has its own settings in the true home.
        env = {**os.environ, "XDG_CACHE_HOME": str(WORK / "stores/sample"), "DOCKER_CONFIG": str(home / ".docker"), "DOTNET_CLI_TELEMETRY_OPTOUT": "1"}
        sample = [PROJECT, f"-p:FetchImage=docker://{locked}/platforms:1", "-p:OciPlatform=linux/amd64", f"-p:OciRegistryCertificates={trusted}", "-tl:off", f"-bl:{WORK}/build.binlog", "-v:diag"]
        done = call("dotnet", "build", *sample, env=env)
        check("the sample is built from a registry with TLS and a password", done.returncode == 0 and "fetched is extracted" in done.stdout, done.stdout[-2000:])
        import gzip

        written = {"the console": done.stdout, "the binary log": gzip.decompress((WORK / "build.binlog").read_bytes()).decode("utf-8", "replace")}
        for where in (WORK / "stores/sample", PROJECT / "obj", PROJECT / "bin"):
            written[where.name] = "".join(file.read_bytes().decode("utf-8", "replace") for file in where.rglob("*") if file.is_file())
        for secret in [*SECRETS, base64.b64encode(b"somebody:PASSWORD-of-htpasswd").decode()]:
            found = [name for name, text in written.items() if secret in text]
            check("no secret is in what the build wrote", not found, found)
        done = call("dotnet", "build", *sample[:-2], env={**env, "OciOffline": "true"})
        check("a second build of the sample has nothing to do", "fetched is up to date" in done.stdout, done.stdout[-2000:])
        done = call("dotnet", "clean", PROJECT, "-tl:off", f"-p:FetchImage=docker://{locked}/platforms:1", env=env)
        check("dotnet clean removes it", done.returncode == 0 and not list((PROJECT / "bin").rglob("fetched")), done.stdout[-500:])


try:
    main()
finally:
    for process in processes:
        process.send_signal(signal.SIGCONT)
        process.kill()
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
