#!/usr/bin/env python3
"""Compares whole trees of other tools' test images, ours against umoci's: run [--update] RUNNER

RUNNER is Oci.Rootfs.Runner.dll. OCI_PEER_DATA names the directory of the images. Without it, the script looks in shared/peer-data beside
the repository or above it. Run as root. The engine and umoci extract every image, and GNU tar the engine's archive of each tree. umoci only reads layouts, so the script unpacks archives,
and skopeo converts docker-archives. The script compares the results with the table outcomes.txt. Where the two tools don't agree, the
table's last column has the reason. --update writes the table anew and keeps the reasons. The script prints a line an image, and "N passed,
N failed" at the end.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE / "outcomes.txt"
PLATFORMS = ("linux/amd64", "linux/arm64")

sys.path.insert(0, str(HERE.parent / "real-images"))
import compare  # noqa: E402
import trees  # noqa: E402


def find_images():
    if os.environ.get("OCI_PEER_DATA"):
        return pathlib.Path(os.environ["OCI_PEER_DATA"]) / "images"
    for directory in (HERE.parent.parent, *HERE.parent.parent.parents):
        for place in (directory / "shared", directory.parent / "shared"):
            if (place / "peer-data" / "images").is_dir():
                return place / "peer-data" / "images"
    raise SystemExit("no peer data: OCI_PEER_DATA is not set, and there is no shared/peer-data beside the repository or above it")


def call(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)


# ---- what there is


def images(root):
    """(name, path, reference or None) of every image. Each manifest of a layout and each tag of a docker-archive is one."""
    for path in sorted([*root.rglob("*.tar"), *(index.parent for index in root.rglob("index.json"))]):
        name = str(path.relative_to(root))
        references = list(_manifests(path) if path.is_dir() else _tags(path))
        if len(references) < 2:
            yield name, path, None
        for reference in references if len(references) > 1 else []:
            yield f"{name}@{reference[7:19] if path.is_dir() else reference}", path, reference


def _tags(archive):
    """The names of a docker-archive's images."""
    done = call("tar", "-xOf", archive, "manifest.json")
    for image in (json.loads(done.stdout) or []) if done.returncode == 0 else []:
        yield from image.get("RepoTags") or []


def _manifests(layout):
    seen, pending = set(), [json.loads((layout / "index.json").read_bytes())]
    while pending:
        for descriptor in pending.pop().get("manifests") or []:
            reference = descriptor["digest"]
            if reference in seen:
                continue
            seen.add(reference)
            if "index" in descriptor["mediaType"] or "list" in descriptor["mediaType"]:
                blob = layout / "blobs" / reference.replace(":", "/")
                if blob.exists():
                    pending.append(json.loads(blob.read_bytes()))
            else:
                yield reference


# ---- ours


def extract(runner, path, reference, tree):
    """None for success, or the code of the error."""
    options = ["--reference", reference] if reference else []
    for platform in PLATFORMS:
        done = call("dotnet", runner, "extract", path, tree, "--archive", archive_of(tree), "--platform", platform, *options)
        if done.returncode == 0:
            return None
        code = re.match(r"OCI\d{4}", done.stderr)
        if not code:
            return "crash: " + done.stderr.strip()[:200]
        if code.group() not in ("OCI2001", "OCI2005"):
            break
    return code.group()


def archive_of(tree):
    return tree.with_name(tree.name + ".tar")


def archive_problem(tree):
    """What GNU tar makes of the archive, as root, must be the tree."""
    try:
        found = list(compare.differences(trees.with_symlinks_apart(trees.read_directory(tree)), trees.read(archive_of(tree))))
    except trees.RecordError as error:
        return str(error)
    return "; ".join(f"{trees.vis(path)} {field} {a} {b}" for path, field, a, b in found[:4])


# ---- umoci's


def unpack(path, reference, work):
    """The tree, or the reason why there is none."""
    layout = work / "layout"
    problem = _make_layout(path, reference, layout)
    if problem:
        return None, problem
    done = call("umoci", "unpack", "--image", f"{layout}:peer", work / "bundle")
    if done.returncode:
        return None, "umoci: " + _reason(done.stderr)
    return work / "bundle" / "rootfs", None


def _make_layout(path, reference, layout):
    if path.is_dir():
        shutil.copytree(path, layout)
    else:
        names = call("tar", "-tf", path).stdout.split()
        if "index.json" not in names or "manifest.json" in names:
            # Chooses by number, because skopeo only finds tags that are full names.
            number = f":@{list(_tags(path)).index(reference)}" if reference else ""
            done = call("skopeo", "--insecure-policy", "copy", "-q", f"docker-archive:{path}{number}", f"oci:{layout}:peer")
            return "skopeo: " + _reason(done.stderr) if done.returncode else None
        layout.mkdir()
        subprocess.run(["tar", "-xf", path, "-C", layout], check=True)
    # umoci finds images by their tags only. These images have no tags or other ones.
    index = json.loads((layout / "index.json").read_bytes())
    chosen = [descriptor for descriptor in index.get("manifests") or [] if reference in (None, descriptor["digest"])] or [_descriptor(layout, reference)]
    chosen[0].setdefault("annotations", {})["org.opencontainers.image.ref.name"] = "peer"
    index["manifests"] = chosen[:1]
    (layout / "index.json").write_text(json.dumps(index))
    (layout / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return None


def _descriptor(layout, reference):
    blob = layout / "blobs" / reference.replace(":", "/")
    media_type = json.loads(blob.read_bytes()).get("mediaType", "application/vnd.oci.image.manifest.v1+json") if blob.exists() else ""
    return {"mediaType": media_type, "digest": reference, "size": blob.stat().st_size if blob.exists() else 0}


def _reason(text):
    """The innermost reason, without the parts that differ from run to run."""
    line = text.strip().splitlines()[-1] if text.strip() else "no message"
    match = re.search(r'msg="(.*)"', line)
    line = match.group(1) if match else line
    line = re.sub(r"(docker-archive:)?/\S*/([^/\s:]+)", r"\2", line).replace("\u2a2f ", "")
    line = re.sub(r"sha256:[0-9a-f]+", "sha256:...", line).replace("|", "/")
    return line if len(line) < 160 else "..." + line[-150:]


# ---- all


def outcome(runner, path, reference, work):
    """Both outcomes in the form of the table."""
    ours = extract(runner, path, reference, work / "tree")
    if not ours and archive_problem(work / "tree"):
        return "another archive: " + archive_problem(work / "tree"), ""
    theirs, problem = unpack(path, reference, work)
    if ours or problem:
        return ours or f"{len(trees.read_directory(work / 'tree'))} paths", problem or f"{len(trees.read_directory(theirs))} paths"
    left, right = trees.read_directory(theirs), trees.read_directory(work / "tree")
    # umoci leaves the time of unpacking on directories that no layer lists. Ours is always 0 (rule 38).
    found = [d for d in compare.differences(left, right) if not (d[1] == "mtime" and d[3].startswith("1970-01-01T00:00:00.0"))]
    if not found:
        return f"{len(right)} paths", "the same"
    return f"{len(right)} paths", "differs: " + "; ".join(f"{trees.vis(p)} {field} {a} {b}" for p, field, a, b in found[:4])


def read_table():
    rows = {}
    for line in TABLE.read_text().splitlines() if TABLE.exists() else []:
        if line and not line.startswith("#"):
            name, ours, umoci, why = (word.strip() for word in line.split("|"))
            rows[name] = ours, umoci, why
    return rows


def main():
    update, runner = "--update" in sys.argv, pathlib.Path(sys.argv[-1]).resolve()
    table, found, failed = read_table(), {}, 0
    for name, path, reference in images(find_images()):
        with tempfile.TemporaryDirectory(prefix="oci-peer-") as work:
            ours, umoci = outcome(runner, path, reference, pathlib.Path(work))
        expected = table.get(name, ("", "", ""))
        found[name] = ours, umoci, expected[2]
        explained = umoci == "the same" or expected[2]
        good = expected[:2] == (ours, umoci) and explained
        failed += not good
        print(("ok   " if good else "FAIL ") + f"{name} | {ours} | {umoci}" + ("" if explained else " (no reason is given)"))
    for name in table.keys() - found.keys():
        failed += 1
        print(f"FAIL {name}: in the table, but not there")
    if update:
        header = [line for line in TABLE.read_text().splitlines() if line.startswith("#")] if TABLE.exists() else []
        TABLE.write_text("\n".join(header + [" | ".join((name, *row)).rstrip() for name, row in found.items()]) + "\n")
    print(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
