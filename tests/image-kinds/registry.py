#!/usr/bin/env python3
"""registry LAYOUT: serves an OCI layout directory on the loopback address, for reading. It prints the address as one line, HOST:PORT."""
import hashlib, http.server, json, os, re, sys

layout = sys.argv[1]


class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/v2/":
            return self.answer(200, b"{}", "application/json")
        match = re.fullmatch(r"/v2/[a-z/]+/(manifests|blobs)/(?:sha256:([0-9a-f]{64})|[\w.]+)", self.path)
        if not match:
            return self.answer(404, b"", "text/plain")
        kind, digest = match.groups()
        if digest is None:
            with open(os.path.join(layout, "index.json")) as index:
                digest = json.load(index)["manifests"][0]["digest"].split(":")[1]
        try:
            with open(os.path.join(layout, "blobs", "sha256", digest), "rb") as file:
                content = file.read()
        except FileNotFoundError:
            return self.answer(404, b"", "text/plain")
        document = json.loads(content) if kind == "manifests" else {}
        self.answer(200, content, document.get("mediaType", "application/vnd.oci.image.manifest.v1+json") if document else "application/octet-stream")

    do_HEAD = do_GET

    def answer(self, status, content, media_type):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Docker-Content-Digest", "sha256:" + hashlib.sha256(content).hexdigest())
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
print("localhost:%d" % server.server_port, flush=True)
server.serve_forever()
