#!/usr/bin/env python3
"""Starts images of hostile configs with LXC and runc, as LxcConfig and RuntimeConfig say: run RUNNER WORK

RUNNER is Oci.Rootfs.Runner.dll, WORK a directory for everything that is made. Run as root, with lxc-start, runc and gcc installed. Each image
has a small static program that writes down what it was started with: arguments, environment, directory, user, groups, capabilities. The
script compares that with what the image's config says. LXC is Debian 12's 5.0, and Debian 13's 6.0 if mmdebstrap gets it from the mirror
that apt uses. LXC 5 does not read quotes in lxc.init.cmd: the script checks the warning of images that need them, and starts these with LXC 6
only. The script prints a line a check, and "N passed, N failed" at the end.
"""

import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RUNNER = pathlib.Path(sys.argv[1]).resolve()
WORK = pathlib.Path(sys.argv[2]).resolve()
DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ROOT_CAPABILITIES = "00000000a80425fb"  # the fourteen
BLANKS = " \t\n\v\f\r"

PASSWD = b"""root:x:0:0:root:/root:/dump
broken:x:5
app:x:1000:1001:The app:/srv:/dump
app:x:0:0:a later line:/:/dump
\xc3\xa9t\xc3\xa9:x:1002:1002::/:/dump
"""
GROUP = b"""root:x:0:
audio:x:29:other,app
wheel:x:70000:app
app:x:1001:
lapp:x:5:lapp,appl
"""


def call(*command, timeout=120):
    return subprocess.run([str(word) for word in command], capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout)


# ---- images


def layer():
    """The program under several names, and the files of users as links that lead out of a careless reader's root."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape") as tar:

        def add(name, kind=tarfile.REGTYPE, mode=0o755, content=b"", link=""):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.size, entry.linkname = kind, mode, len(content), link
            tar.addfile(entry, io.BytesIO(content))

        for directory in ("bin", "etc", "srv", "a b", "usr", "usr/lib", 'q"u\'o', "\u00e9 "):
            add(directory, tarfile.DIRTYPE)
        add("out", tarfile.DIRTYPE, 0o1777)
        add("dump", content=(WORK / "dump").read_bytes())
        for name in ("bin/dump", "du mp", "bin/sh", "'dump", '"dump"', "d\u00fcmp"):
            add(name, tarfile.LNKTYPE, link="dump")
        add("usr/lib/passwd", mode=0o644, content=PASSWD)
        add("usr/lib/group", mode=0o600, content=GROUP)
        add("etc/passwd", tarfile.SYMTYPE, link="/usr/lib/passwd")
        add("etc/group", tarfile.SYMTYPE, link="../../../usr/lib/group")
    return out.getvalue()


def blob(directory, content):
    digest = hashlib.sha256(content).hexdigest()
    (directory / "blobs/sha256" / digest).write_bytes(content)
    return {"digest": "sha256:" + digest, "size": len(content)}


def make_image(directory, config):
    (directory / "blobs/sha256").mkdir(parents=True)
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    content = LAYER
    layers = {"mediaType": "application/vnd.oci.image.layer.v1.tar", **blob(directory, content)}
    document = {"os": "linux", "architecture": machine, "config": config, "rootfs": {"type": "layers", "diff_ids": [layers["digest"]]}}
    described = {"mediaType": "application/vnd.oci.image.config.v1+json", **blob(directory, json.dumps(document).encode())}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": described, "layers": [layers]}
    index = {"schemaVersion": 2, "manifests": [{"mediaType": manifest["mediaType"], **blob(directory, json.dumps(manifest).encode())}]}
    (directory / "index.json").write_text(json.dumps(index))
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


class Failure(Exception):
    pass


class Bundle:
    """One image, extracted, with the files that run it."""

    def __init__(self, config, outputs=("lxc", "runtime"), options=(), wrapper=()):
        self.directory = WORK / "case"
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        self.directory.chmod(0o777)
        make_image(self.directory / "image", config)
        self.lxc, self.runtime = self.directory / "bundle/lxc.conf", self.directory / "bundle/config.json"
        files = [word for output in outputs for word in ("--" + output, self.lxc if output == "lxc" else self.runtime)]
        done = call(*wrapper, "dotnet", RUNNER, "extract", self.directory / "image", self.rootfs, *files, *options)
        self.said = done.stdout.decode() + done.stderr.decode()
        self.code = re.match(r"(OCI[0-9]+):", done.stderr.decode())
        self.code = self.code and self.code[1]
        if done.returncode != 0 and not self.code:
            raise Failure(self.said)

    @property
    def rootfs(self):
        return self.directory / "bundle/rootfs"

    def seen(self):
        """What the program wrote; None where it did not run."""
        result = self.rootfs / "out/result"
        if not result.exists():
            return None
        seen = {"arg": [], "env": [], "group": [], "status": {}}
        for line in result.read_text().splitlines():
            what, _, value = line.partition(" ")
            if what == "status":
                name, _, value = value.partition(":")
                seen["status"][name] = value.strip()
            elif what in ("arg", "env"):
                seen[what].append(bytes.fromhex(value).decode())
            elif what == "cwd":
                seen[what] = bytes.fromhex(value).decode()
            elif what == "group":
                seen[what].append(int(value))
            else:
                seen[what] = int(value)
        return seen


class Lxc:
    """One version of LXC: how its programs are called."""

    def __init__(self, *words):
        self.words = words
        self.version = self("lxc-start", "--version").stdout.decode().strip()

    @property
    def is_6(self):
        return int(self.version.split(".")[0]) >= 6

    def command(self, program, *arguments):
        return [*(str(word) for word in self.words[:-1]), str(self.words[-1]) + program if self.words else program, *(str(word) for word in arguments)]

    def __call__(self, program, *arguments):
        return call(*self.command(program, *arguments))


def later_lxc():
    """Debian 13's programs with Debian 13's libraries, on this machine. Nothing of it is installed."""
    tree = WORK.parent / (WORK.name + "-debian13")
    if not tree.exists():
        targets = call("apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI) $(RELEASE)", "Created-By: Packages").stdout.decode().splitlines()
        mirror = next((words[1] for words in map(str.split, targets) if words[0] == "Debian" and words[2] == "bookworm"), None)
        settings = [line for line in call("apt-config", "dump").stdout.decode().splitlines() if re.match("Acquire::(http|https|Retries|ForceIPv[46])", line)]
        (WORK / "apt.conf").write_text("\n".join(settings) + "\n")
        made = mirror and call("mmdebstrap", "--quiet", "--mode=root", "--variant=extract", "--include=lxc", f"--aptopt={WORK / 'apt.conf'}", "trixie", tree, f"deb {mirror} trixie main", timeout=600)
        if not made or made.returncode != 0:
            print(f"LEFT OUT  LXC 6: {made.stderr.decode()[-500:] if made else 'apt has no mirror of Debian'}")
            shutil.rmtree(tree, ignore_errors=True)
            return []
    loader = next(path for path in [*tree.glob("usr/lib64/ld-linux*"), *tree.glob("usr/lib/*/ld-linux*"), *tree.glob("usr/lib/ld-linux*")])
    libraries = next(tree.glob("usr/lib/*/liblxc.so.1")).parent
    return [Lxc(loader, "--library-path", libraries, f"{tree}/usr/bin/")]


def lxc_command(lxc, bundle):
    settings = [f"lxc.rootfs.path=dir:{bundle.rootfs}", "lxc.net.0.type=empty", "lxc.apparmor.profile=unconfined", "lxc.mount.auto=proc:mixed"]
    return lxc.command("lxc-start", "-P", WORK / "lxc", "-n", "t", "-F", "-f", bundle.lxc, *(word for setting in settings for word in ("-s", setting)), "-l", "INFO", "-o", WORK / "lxc/log")


def run_with_lxc(lxc, bundle):
    (bundle.rootfs / "out/result").unlink(missing_ok=True)
    done = call(*lxc_command(lxc, bundle))
    return bundle.seen() or Failure(f"lxc-start {lxc.version}: {done.returncode}\n{done.stderr.decode()[-2000:]}")


def run_with_runc(bundle):
    done = call("runc", "--root", WORK / "runc", "run", "-b", bundle.rootfs.parent, "t")
    return bundle.seen() or Failure(f"runc: {done.returncode}\n{done.stderr.decode()[-2000:]}")


# ---- checks

passed = failed = 0


def check(name, work):
    global passed, failed
    start = time.monotonic()
    try:
        note = work()
    except (Failure, subprocess.TimeoutExpired) as error:
        failed += 1
        print(f"FAIL  {name}\n{error}", flush=True)
        return
    passed += 1
    print(f"ok    {name}{': ' + note if note else ''} ({time.monotonic() - start:.0f} s)", flush=True)


def equal(expected, found, what):
    if expected != found:
        raise Failure(f"{what}: expected {expected!r}, found {found!r}")


def environment(seen, added):
    """The variables that the runtime itself adds are left out."""
    return [entry for entry in seen["env"] if entry not in added]


def needs_quotes(argument):
    return argument == "" or argument[0] in "'\"" or any(blank in argument for blank in BLANKS)


def with_lxc(config, check_seen):
    def work():
        bundle = Bundle(config, ["lxc"])
        arguments = (config.get("Entrypoint") or []) + (config.get("Cmd") or [])
        quoted = any(map(needs_quotes, arguments))
        if bundle.code:
            raise Failure(bundle.said)
        equal(quoted, "OCI6015" in bundle.said, "the warning that LXC 6 is needed")
        able = [lxc for lxc in LXCS if lxc.is_6 or not quoted]
        for lxc in able:
            seen = run_with_lxc(lxc, bundle)
            if isinstance(seen, Failure):
                raise seen
            check_seen(seen, ["container=lxc"])
        return " and ".join(lxc.version for lxc in able) or "only the warning"

    return work


def with_runc(config, check_seen, options=()):
    def work():
        bundle = Bundle(config, ["runtime"], options)
        if bundle.code:
            raise Failure(bundle.said)
        seen = run_with_runc(bundle)
        if isinstance(seen, Failure):
            raise seen
        check_seen(seen, [entry for entry in seen["env"] if entry.startswith("HOME=") and entry not in (config.get("Env") or [])])
        equal("0", seen["status"]["NoNewPrivs"], "NoNewPrivs")

    return work


def refused(config, output, code):
    def work():
        equal(code, Bundle(config, [output]).code, "the error")

    return work


def not_started(config, code):
    """LXC 5 does not start the container, and the engine has warned of that."""
    bundle = Bundle(config, ["lxc"])
    if code not in bundle.said:
        raise Failure(f"no warning {code}:\n{bundle.said}")
    for lxc in LXCS:
        seen = run_with_lxc(lxc, bundle)
        equal(lxc.is_6, not isinstance(seen, Failure), f"whether LXC {lxc.version} starts it")


def both(name, config, check_seen):
    check(f"LXC: {name}", with_lxc(config, check_seen))
    check(f"runc: {name}", with_runc(config, check_seen))


# ---- arguments

ARGUMENTS = [
    ["/dump"],
    ["dump"],
    ["/dump", "plain", "words"],
    ["/dump", "x=y", "a;b", "|", "&", "<", ">", "*", "?", "~", "!"],
    ["/dump", "#comment", "# lxc.hook.pre-start=/bin/sh"],
    ["/dump", "$HOME", "${PATH}", "`id`", "$(id)", "%s", "%n"],
    ["/dump", "\\n", "\\", "a\\ b", "\\\"", "\\'"],
    ["/dump", "it's"],
    ["/dump", 'a"b'],
    ["/dump", 'end"'],
    ["/dump", "end'"],
    ["/dump", "mi'x\"ed"],
    ["/dump", "\u0001\u0002\u001b[31m\u007f"],
    ["/dump", "\u00e9\u4e2d\U0001f600\u2028\u202e"],
    ["/dump", "a" * 5000],
    ["/d\u00fcmp", "\u00fc"],
    ["/dump", "--", "-n", "-"],
    ["/dump", ""],
    ["/dump", "", "x", ""],
    ["/dump", "a b", "c d"],
    ["/dump", " lead"],
    ["/dump", "trail "],
    ["/dump", " "],
    ["/dump", "tab\there", "v\vt", "f\ff"],
    ["/du mp", "a b"],
    ["/du mp"],
    ["/'dump", "x"],
    ['/"dump"'],
    ["/dump", "-c", 'echo "x y" > /t; exit 0'],
    ["/dump", "-c", "echo 'x y'"],
    ["/dump", "'lead"],
    ["/dump", '"lead'],
    ["/dump", "'"],
    ["/dump", '"'],
    ["/dump", '" lxc.init.cmd = "/bin/sh'],
    ["/dump", "lxc.rootfs.path = dir:/"],
    ["/dump", "a = b", "=", " = "],
]

ONLY_RUNC = [
    ["/dump", "both ' and \""],
    ["/dump", "'\""],
    ["/dump", "line\nfeed", "\r\n", "\n"],
    ["/dump", "x\nlxc.hook.pre-start = /bin/sh"],
]


def check_arguments():
    for arguments in ARGUMENTS:
        both(f"arguments {ascii(arguments)[:70]}", {"Cmd": arguments}, lambda seen, _: equal(arguments, seen["arg"], "arguments"))
    for arguments in ONLY_RUNC:
        check(f"runc: arguments {ascii(arguments)}", with_runc({"Cmd": arguments}, lambda seen, _: equal(arguments, seen["arg"], "arguments")))
        check(f"LXC: arguments {ascii(arguments)} can't be written", refused({"Cmd": arguments}, "lxc", "OCI6011" if any(c in "".join(arguments) for c in "\n\r") else "OCI6012"))
    both("entrypoint and command", {"Entrypoint": ["/dump", "e"], "Cmd": ["c"]}, lambda seen, _: equal(["/dump", "e", "c"], seen["arg"], "arguments"))
    check("runc: no command", with_runc({}, lambda seen, _: equal(["/bin/sh"], seen["arg"], "arguments")))


# ---- environment

ENVIRONMENT = [
    "A=b",
    "A=",
    "A=x=y",
    "A= lead and trail ",
    'A="quoted"',
    "A='q'",
    'A="',
    "A='",
    "A=#h",
    "A=$HOME;`x`\\n",
    "A=\u00e9\U0001f600",
    "A=tab\tx",
    "A=\u0001\u001b\u007f",
    "A B=c",
    "A=%2%s",
    "\u00e9=\u00e9",
    "lxc.foo=1",
    "#A=1",
    '"A"=1',
    "A=" + "x" * 20000,
    "HOME=/nowhere",
]


def check_environment():
    for entry in ENVIRONMENT:
        both(f"environment {ascii(entry)[:60]}", {"Cmd": ["/dump"], "Env": [entry, "PATH=/p"]}, lambda seen, added: equal(sorted([entry, "PATH=/p"]), sorted(environment(seen, added)), "environment"))
    both("default PATH", {"Cmd": ["/dump"], "Env": ["A=1"]}, lambda seen, added: equal(sorted(["A=1", DEFAULT_PATH]), sorted(environment(seen, added)), "environment"))
    both("last of duplicates", {"Cmd": ["/dump"], "Env": ["A=1", "PATH=/p", "A=2"]}, lambda seen, added: equal("A=2", [e for e in environment(seen, added) if e.startswith("A=")][-1], "environment"))
    both("no host's variables", {"Cmd": ["/dump"], "Env": ["SECRET", "HOME", "PATH=/p"]}, lambda seen, added: equal(["PATH=/p"], environment(seen, added), "environment"))
    check("runc: environment with a line feed", with_runc({"Cmd": ["/dump"], "Env": ["A=x\ny", "PATH=/p"]}, lambda seen, added: equal(["A=x\ny", "PATH=/p"], environment(seen, added), "environment")))
    for output in ("lxc", "runtime"):
        check(f"{output}: environment entry without a name", refused({"Env": ["=v"]}, output, "OCI6013"))
        check(f"{output}: environment with a NUL", refused({"Env": ["A=\0"]}, output, "OCI6011"))
    check("lxc: environment with a line feed", refused({"Env": ["A=x\nlxc.hook.pre-start = /bin/sh"]}, "lxc", "OCI6011"))


# ---- directory and user

DIRECTORIES = [("/a b", "/a b"), ("srv", "/srv"), ("", "/"), ("/", "/"), ('/q"u\'o', '/q"u\'o'), ("/\u00e9 ", "/\u00e9 "), ("/srv/../a b", "/a b"), ("../srv", "/srv")]

USERS = [
    ("", (0, 0, [])),
    ("0", (0, 0, [])),
    ("5:6", (5, 6, [])),
    ("2147483647:2147483647", (2147483647, 2147483647, [])),
    ("1000", (1000, 1001, [])),
    ("77", (77, 0, [])),
    ("app", (1000, 1001, [29, 70000])),
    ("app:audio", (1000, 29, [])),
    ("app:7", (1000, 7, [])),
    ("9:wheel", (9, 70000, [])),
    ("\u00e9t\u00e9", (1002, 1002, [])),
]


def check_users():
    for directory, expected in DIRECTORIES:
        both(f"directory {ascii(directory)}", {"Cmd": ["/dump"], "WorkingDir": directory}, lambda seen, _: equal(expected, seen["cwd"], "directory"))
    for directory, expected in (("/nope", "/nope"), ("/nope/\u00e9 ", "/nope/\u00e9 ")):
        check(f"runc: directory {ascii(directory)} that is not in the image", with_runc({"Cmd": ["/dump"], "WorkingDir": directory}, lambda seen, _: equal(expected, seen["cwd"], "directory")))
        check(f"LXC: directory {ascii(directory)} that is not in the image", lambda: not_started({"Cmd": ["/dump"], "WorkingDir": directory}, "OCI6022"))
    # runc itself takes no larger numbers.
    check("LXC: user 4294967294", with_lxc({"Cmd": ["/dump"], "User": "4294967294:4294967294"}, lambda seen, _: equal((4294967294, 4294967294), (seen["uid"], seen["gid"]), "user")))
    for user, expected in USERS:
        both(f"user {ascii(user)}", {"Cmd": ["/dump"], "User": user}, lambda seen, _: equal(expected, (seen["uid"], seen["gid"], seen["group"]), "user"))
    for user, code in (("broken", "OCI6017"), ("nobody", "OCI6017"), ("app:nogroup", "OCI6017"), ("-1", "OCI6017"), ("4294967295", "OCI6018"), ("0:4294967295", "OCI6018")):
        for output in ("lxc", "runtime"):
            check(f"{output}: user {user!r} is refused", refused({"Cmd": ["/dump"], "User": user}, output, code))
    check("runc: capabilities of root", with_runc({"Cmd": ["/dump"]}, lambda seen, _: equal([ROOT_CAPABILITIES] * 3, [seen["status"][set] for set in ("CapPrm", "CapEff", "CapBnd")], "capabilities")))
    check("runc: capabilities of another user", with_runc({"Cmd": ["/dump"], "User": "5:6"}, lambda seen, _: equal(["0" * 16] * 2, [seen["status"][set] for set in ("CapEff", "CapInh")], "capabilities")))


# ---- signals, volumes

SIGNALS = [(None, 15), ("SIGQUIT", 3), ("usr1", 10), ("15", 15), ("SIGRTMIN+3", 37), ("RTMIN", 34), ("SIGRTMAX-1", 63), ("RTMAX", 64), ("40", 40)]

ACCEPTED = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "IOT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CLD", "CONT",
    "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "POLL", "PWR", "SYS", "RTMIN+30", "RTMAX-30", "1", "32", "64",
]  # fmt: skip


def stopped_by(lxc, signal, number):
    """lxc-stop sends the image's signal, if it gets the configuration too."""

    def work():
        bundle = Bundle({"Cmd": ["/dump", "wait"], **({"StopSignal": signal} if signal else {})}, ["lxc"])
        running = subprocess.Popen(lxc_command(lxc, bundle), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(300):
                if bundle.seen() or running.poll() is not None:
                    break
                time.sleep(0.1)
            done = lxc("lxc-stop", "-P", WORK / "lxc", "-n", "t", "-t", "20", "--rcfile", bundle.lxc)
            running.wait(60)
        finally:
            running.kill()
        seen = bundle.seen()
        if not seen or "signal" not in seen:
            raise Failure(f"no signal came: {done.stderr.decode()}")
        equal(number, seen["signal"], "signal")

    return work


def check_signals():
    for signal, number in SIGNALS:
        for lxc in LXCS:
            check(f"LXC {lxc.version}: stopped by {signal}", stopped_by(lxc, signal, number))

    for signal in ACCEPTED:
        check(f"LXC: takes the signal {signal}", with_lxc({"Cmd": ["/dump"], "StopSignal": signal}, lambda seen, _: equal(["/dump"], seen["arg"], "arguments")))
    for signal in ("0", "65", "SIGFOO", "SIGRTMIN+31", "SIG15"):
        check(f"lxc: signal {signal} is refused", refused({"StopSignal": signal}, "lxc", "OCI6016"))


def check_volumes():
    config = {"Cmd": ["/dump"], "Volumes": {"/srv": {}, "/new/x y": {}, "data\nlxc.hook.pre-start = /bin/false": {}}}

    def is_mounted():
        bundle = Bundle({**config, "Volumes": {"/out": {}}}, ["runtime"], ["--runtime-tmpfs"])
        done = call("runc", "--root", WORK / "runc", "run", "-b", bundle.rootfs.parent, "t")
        equal((0, None), (done.returncode, bundle.seen()), "what is written into a volume")

    both("volumes", config, lambda seen, _: equal(["/dump"], seen["arg"], "arguments"))
    check("runc: volumes as tmpfs", with_runc({**config, "Volumes": {"/srv": {}, "/new/x y": {}}}, lambda seen, _: equal(["/dump"], seen["arg"], "arguments"), ["--runtime-tmpfs"]))
    check("runc: a tmpfs takes what is written into a volume", is_mounted)


def check_others():
    config = {"Cmd": ["/dump", "a b"], "User": "app", "Env": ["A=1"], "WorkingDir": "/srv", "Labels": {"x": "y", "run.oci.handler": "krun"}, "ExposedPorts": {"80/tcp": {}}}

    def same_as_user():
        files = []
        for wrapper in ((), ("setpriv", "--reuid=12345", "--regid=12346", "--clear-groups", "env", "HOME=/nonexistent", "DOTNET_CLI_HOME=/tmp", "LC_ALL=C")):
            bundle = Bundle(config, wrapper=wrapper)
            if bundle.code:
                raise Failure(bundle.said)
            files.append((bundle.lxc.read_bytes(), bundle.runtime.read_bytes()))
        equal(files[0], files[1], "the files")

    check("the files of a user are root's", same_as_user)
    check("runc: everything at once", with_runc(config, lambda seen, added: equal((config["Cmd"], "/srv", 1000, [29, 70000]), (seen["arg"], seen["cwd"], seen["uid"], seen["group"]), "all")))


# WORK itself may be mounted elsewhere, and stays.
(WORK / "lxc").mkdir(parents=True, exist_ok=True)
for parent in (WORK, *WORK.parents):
    if not parent.stat().st_mode & 0o001:
        raise SystemExit(f"{parent} is closed to other users")
built = call("gcc", "-static", "-O1", "-Wall", "-Werror", "-o", WORK / "dump", HERE / "dump.c")
if built.returncode != 0:
    raise SystemExit(built.stderr.decode())
LAYER = layer()
LXCS = [Lxc(), *later_lxc()]
check_arguments()
check_environment()
check_users()
check_signals()
check_volumes()
check_others()
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0 or passed == 0)
