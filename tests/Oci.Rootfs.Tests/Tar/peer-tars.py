"""Shows how other tar readers read archives, for PeerTarTests. It reads paths on stdin (0 or 1 before each: whether to read contents), and
writes JSON lines on stdout.

A line is {"file": ..., "tool": ..., "entries": [...]}. After a reader's error it also has "error", and the entries read before. A missing
tool gives no lines. An entry is one line of text, in the form in which PeerTarTests writes ours. libarchive and Python report extended
attributes. GNU tar reports neither those nor contents.
"""
import base64, ctypes, datetime, hashlib, json, os, shutil, subprocess, sys, tarfile, urllib.parse


def shown(raw):
    return "".join(chr(b) if 0x21 <= b <= 0x7e and b != 0x25 else "%%%02X" % b for b in raw)


def line(kind, name, link, mode, uid, gid, size, sec, ns, device, digest, xattrs):
    stripped = name.rstrip(b"/") or name
    text = f"{kind} {mode & 0o7777:04o} {uid}:{gid} {size if kind == 'file' else 0} {sec}.{ns:09d} {shown(stripped)}"
    if kind in ("symlink", "hardlink"):
        text += f" -> {shown(link)}"
    if kind in ("chardev", "blockdev"):
        text += f" {device[0]},{device[1]}"
    if kind == "file" and digest is not None:
        text += f" {digest}"
    if xattrs:
        text += "".join(f" [{shown(k)}={shown(v)}]" for k, v in sorted(xattrs.items()))
    return text


PYTHON_KINDS = {b"0": "file", b"\0": "file", b"7": "file", b"S": "file", b"1": "hardlink", b"2": "symlink", b"3": "chardev", b"4": "blockdev", b"5": "dir", b"6": "fifo"}


def python_time(member):
    text = member.pax_headers.get("mtime")
    if text is None:
        return int(member.mtime), 0
    whole, _, fraction = text.partition(".")
    sec, ns = int(whole), int((fraction + "0" * 9)[:9])
    return (sec - 1, 10**9 - ns) if whole.startswith("-") and ns else (sec, ns)


def python_xattrs(member):
    found = {}
    for key, value in member.pax_headers.items():
        if key.startswith("LIBARCHIVE.xattr."):
            found[urllib.parse.unquote_to_bytes(key[17:])] = base64.b64decode(value + "=" * (-len(value) % 4))
    for key, value in member.pax_headers.items():
        if key.startswith("SCHILY.xattr."):
            found[key[13:].encode("utf-8", "surrogateescape")] = value.encode("utf-8", "surrogateescape")
    return found


def read_python(path, contents, entries):
    raw = lambda text: text.encode("utf-8", "surrogateescape")
    with tarfile.open(path, "r:", encoding="utf-8", errors="surrogateescape") as archive:
        for m in archive:
            kind = "dir" if m.isdir() else PYTHON_KINDS.get(m.type, m.type.decode("latin-1"))
            digest = hashlib.sha256(archive.extractfile(m).read()).hexdigest() if contents and kind == "file" else None
            sec, ns = python_time(m)
            entries.append(line(kind, raw(m.name), raw(m.linkname), m.mode, m.uid, m.gid, m.size, sec, ns, (m.devmajor, m.devminor), digest, python_xattrs(m)))


def load_libarchive():
    try:
        lib = ctypes.CDLL("libarchive.so.13")
    except OSError:
        return None
    for name, result in {"archive_read_new": ctypes.c_void_p, "archive_error_string": ctypes.c_char_p, "archive_entry_pathname": ctypes.c_char_p,
                         "archive_entry_hardlink": ctypes.c_char_p, "archive_entry_symlink": ctypes.c_char_p, "archive_entry_uid": ctypes.c_int64,
                         "archive_entry_gid": ctypes.c_int64, "archive_entry_size": ctypes.c_int64, "archive_entry_mtime": ctypes.c_int64,
                         "archive_entry_mtime_nsec": ctypes.c_long, "archive_read_data": ctypes.c_ssize_t, "archive_entry_rdevmajor": ctypes.c_uint64,
                         "archive_entry_rdevminor": ctypes.c_uint64, "archive_entry_perm": ctypes.c_uint, "archive_entry_filetype": ctypes.c_uint}.items():
        getattr(lib, name).restype = result
    return lib


LIBARCHIVE_KINDS = {0o100000: "file", 0o120000: "symlink", 0o040000: "dir", 0o020000: "chardev", 0o060000: "blockdev", 0o010000: "fifo"}


def libarchive_xattrs(lib, entry):
    found = {}
    name, value, size = ctypes.c_char_p(), ctypes.c_void_p(), ctypes.c_size_t()
    lib.archive_entry_xattr_reset(entry)
    while lib.archive_entry_xattr_next(entry, ctypes.byref(name), ctypes.byref(value), ctypes.byref(size)) == 0:
        found[name.value] = ctypes.string_at(value.value, size.value) if size.value else b""
    return found


def read_libarchive(lib, path, contents, entries):
    archive, entry = ctypes.c_void_p(lib.archive_read_new()), ctypes.c_void_p()
    lib.archive_read_support_format_tar(archive)
    lib.archive_read_support_format_empty(archive)
    check = lambda code: code >= -20 or fail((lib.archive_error_string(archive) or b"?").decode("utf-8", "replace"))
    check(lib.archive_read_open_filename(archive, os.fsencode(path), 10240))
    buffer = ctypes.create_string_buffer(65536)
    while True:
        code = lib.archive_read_next_header(archive, ctypes.byref(entry))
        if code == 1:
            break
        check(code)
        link = lib.archive_entry_hardlink(entry)
        kind = "hardlink" if link is not None else LIBARCHIVE_KINDS.get(lib.archive_entry_filetype(entry), "?")
        if kind == "symlink":
            link = lib.archive_entry_symlink(entry)
        digest = hashlib.sha256() if contents and kind == "file" else None
        left = lib.archive_entry_size(entry)
        while digest is not None and (got := lib.archive_read_data(archive, buffer, 65536)) != 0:
            check(got)
            digest.update(buffer.raw[:got])
            left -= got
        if digest is not None and left > 0:
            digest.update(bytes(left))
        entries.append(line(kind, lib.archive_entry_pathname(entry) or b"", link or b"", lib.archive_entry_perm(entry), lib.archive_entry_uid(entry),
                            lib.archive_entry_gid(entry), lib.archive_entry_size(entry), lib.archive_entry_mtime(entry), lib.archive_entry_mtime_nsec(entry),
                            (lib.archive_entry_rdevmajor(entry), lib.archive_entry_rdevminor(entry)), digest and digest.hexdigest(), libarchive_xattrs(lib, entry)))
    lib.archive_read_free(archive)


def fail(text):
    raise ValueError(text)


GNU_KINDS = {"-": "file", "l": "symlink", "h": "hardlink", "d": "dir", "c": "chardev", "b": "blockdev", "p": "fifo", "C": "file"}


def gnu_mode(text):
    mode = 0
    for i, c in enumerate(text[1:10]):
        mode |= (c not in "-ST") << (8 - i)
        mode |= (c in "sStT") << (11 - i // 3)
    return mode


def gnu_bytes(text):
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


def read_gnu(path, entries):
    run = subprocess.run(["tar", "--numeric-owner", "--full-time", "--quoting-style=escape", "-tvf", path], capture_output=True, env={**os.environ, "LC_ALL": "C", "TZ": "UTC"})
    for text in run.stdout.decode("latin-1").splitlines():
        perms, owner, rest = text.split(None, 2)
        size, date, time, name = (rest.split(" ", 3) + [""])[:4]
        kind = GNU_KINDS.get(perms[0], perms[0])
        link = ""
        if kind == "symlink":
            name, _, link = name.partition(" -> ")
        elif kind == "hardlink":
            name, _, link = name.partition(" link to ")
        uid, gid = owner.split("/")
        device = tuple(size.split(",")) if "," in size else (0, 0)
        sec, ns = gnu_time(date, time)
        entries.append(line(kind, gnu_bytes(name.removeprefix("  ")), gnu_bytes(link), gnu_mode(perms), uid, gid, size, sec, ns, device, None, None))
    if run.returncode != 0:
        raise ValueError(run.stderr.decode("latin-1"))


def gnu_time(date, time):
    whole, _, fraction = time.partition(".")
    moment = datetime.datetime.fromisoformat(f"{date} {whole}+00:00") - datetime.datetime.fromisoformat("1970-01-01 00:00:00+00:00")
    return moment.days * 86400 + moment.seconds, int((fraction + "0" * 9)[:9])


def main():
    lib = load_libarchive()
    for text in sys.stdin:
        contents, path = text[0] == "1", text[2:].rstrip("\n")
        tools = {"python": lambda e: read_python(path, contents, e)}
        if lib:
            tools["libarchive"] = lambda e: read_libarchive(lib, path, contents, e)
        if shutil.which("tar"):
            tools["gnu"] = lambda e: read_gnu(path, e)
        for tool, read in tools.items():
            result = {"file": path, "tool": tool, "entries": []}
            try:
                read(result["entries"])
            except Exception as error:
                result["error"] = f"{type(error).__name__}: {error}"
            print(json.dumps(result), flush=True)


main()
