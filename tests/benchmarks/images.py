"""The measured kinds of image, made of Debian's packages. The same packages give the same bytes. WORK/images caches them."""

import contextlib
import shutil
import subprocess
import tarfile
import zlib

import oci

# Times are clamped, so that an image does not depend on the day of its making.
EPOCH = 1_700_000_000

PYTHON = "libpython3.11-minimal python3.11-minimal libpython3.11-stdlib libpython3.11 libpython3.11-dev python3.11".split()
TOOLS = "perl-modules-5.36 libperl5.36 git git-man vim-runtime".split()
COMPILER = "cpp-12 gcc-12 g++-12 libgcc-12-dev libstdc++-12-dev binutils-x86-64-linux-gnu libbinutils libc6-dev linux-libc-dev".split()
LLVM = "libllvm14 libclang-cpp14 clang-14".split()
JAVA = ["openjdk-17-jre-headless"]

# The stack's layers above Debian's base, bottom first. A package named a second time is an upgrade: it replaces the files of the lower
# layer.
STACK = [
    PYTHON, TOOLS, COMPILER, ["libboost1.74-dev", "libicu-dev"], JAVA, ["openjdk-17-jdk-headless", "manpages-dev"],
    ["golang-1.19-src"], ["libnode108", "libicu72"], LLVM, COMPILER + LLVM + JAVA, PYTHON + TOOLS]
# The last layer has the whiteouts that a Dockerfile's last "rm -rf" leaves.
REMOVED = ["usr/share/man", "usr/share/locale", "usr/share/doc"]

KINDS = ["stack.gzip", "stack.zstd", "smallfiles.gzip", "smallfiles.zstd", "bigfiles.gzip", "bigfiles.zstd", "base.gzip", "base.zstd"]
SMALL_FILES, SMALL_SIZE = 100_000, 4400
BIG_FILES, BIG_SIZE = 9, 117_000_000


class Images:
    def __init__(self, work, scale):
        self.work, self.scale = work, scale
        self.images = work / (f"images-{scale:g}" if scale != 1 else "images")
        self.debs = work / "packages"

    def get(self, kind):
        """Makes the layout of a kind such as "stack.gzip" if it is missing."""
        layout = self.images / kind
        if not (layout / "index.json").exists():
            self.make(*kind.split("."))
        return layout

    def make(self, name, compression):
        tars = self.images / "tars" / name
        if not (tars / "done").exists():
            shutil.rmtree(tars, ignore_errors=True)
            tars.mkdir(parents=True)
            getattr(self, name)(tars)
            (tars / "done").touch()
        shutil.rmtree(self.images / f"{name}.{compression}", ignore_errors=True)
        layout = oci.Layout(self.images / f"{name}.{compression}")
        for tar in sorted(tars.glob("*.tar")):
            layout.add_tar(tar, compression)
        layout.finish()

    # ---- the kinds

    def base(self, tars):
        with Merged(self.scale) as layer:
            layer.add(self.base_tar())
            layer.write(tars / "00.tar")

    def stack(self, tars):
        self.base(tars)
        seen = set()
        for number, packages in enumerate(STACK, 1):
            with Merged(self.scale) as layer:
                for package in packages:
                    layer.add(self.package_tar(package))
                layer.write(tars / f"{number:02}.tar", later=number if seen & set(packages) else 0)
            seen |= set(packages)
        with tarfile.open(tars / f"{len(STACK) + 1:02}.tar", "w", format=tarfile.PAX_FORMAT) as tar:
            for path in REMOVED:
                parent, _, last = path.rpartition("/")
                tar.addfile(metadata(tarfile.TarInfo(f"{parent}/.wh.{last}")))

    def smallfiles(self, tars):
        """The small files of all packages, repeated in other directories until there are enough."""
        wanted = int(SMALL_FILES * self.scale)
        names = sorted({package for layer in STACK for package in layer})
        with tarfile.open(tars / "00.tar", "w", format=tarfile.PAX_FORMAT) as tar:
            done = 0
            for copy in range(1000):
                for name in names:
                    with tarfile.open(self.package_tar(name)) as package:
                        for member in sorted((m for m in package if m.isreg() and 0 < m.size <= SMALL_SIZE), key=lambda m: m.name):
                            if done == wanted:
                                return
                            content = package.extractfile(member)
                            member.name = f"srv/{copy}/{clean(member.name)}"
                            tar.addfile(metadata(member), content)
                            done += 1

    def bigfiles(self, tars):
        """The contents of packages one after the other, cut into a few big files."""
        size = int(BIG_SIZE * self.scale)
        with tarfile.open(tars / "00.tar", "w", format=tarfile.PAX_FORMAT) as tar:
            source = Concatenated([self.package_tar(p) for p in sorted({p for layer in STACK for p in layer})])
            for number in range(BIG_FILES):
                info = tarfile.TarInfo(f"srv/big{number}")
                info.size = size
                tar.addfile(metadata(info), source)

    # ---- Debian

    def base_tar(self):
        tar = self.debs / "base.tar"
        if not tar.exists():
            self.debs.mkdir(parents=True, exist_ok=True)
            say("Debian's base, by mmdebstrap")
            sources = subprocess.run(["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"],
                                     check=True, capture_output=True, text=True).stdout
            lines = [line for line in sorted(set(sources.splitlines())) if "debian" in line]
            options = [f"--aptopt={line}" for line in subprocess.run(["apt-config", "dump"], capture_output=True, text=True).stdout.splitlines()
                       if line.startswith(("Acquire::http", "Acquire::https"))]
            suite = lines[0].split()[2].split("-")[0]
            subprocess.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--format=tar", *options, suite, tar.with_suffix(".new"), "-"],
                           check=True, input="\n".join(lines), text=True)
            tar.with_suffix(".new").rename(tar)
        return tar

    def package_tar(self, package):
        tar = self.debs / f"{package}.tar"
        if not tar.exists():
            self.debs.mkdir(parents=True, exist_ok=True)
            say(package)
            download = self.debs / "download"
            shutil.rmtree(download, ignore_errors=True)
            download.mkdir()
            subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package], cwd=download, check=True)
            with open(tar.with_suffix(".new"), "wb") as out:
                subprocess.run(["dpkg-deb", "--fsys-tarfile", next(download.glob("*.deb"))], stdout=out, check=True)
            tar.with_suffix(".new").rename(tar)
            shutil.rmtree(download)
        return tar


class Merged:
    """Several tars as one layer: sorted names, the last entry of each name, clamped times, every path where a merged /usr has it."""

    def __init__(self, scale):
        self.scale, self.members, self.open = scale, {}, contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open.close()

    def add(self, file):
        tar = self.open.enter_context(tarfile.open(file))
        for member in tar:
            member.name = clean(member.name)
            if member.islnk():
                member.linkname = clean(member.linkname)
            if member.name and not member.isdev() and self.keeps(member.linkname if member.islnk() else member.name, member):
                self.members[member.name] = (member, tar)

    def keeps(self, name, member):
        return member.isdir() or member.issym() or zlib.crc32(name.encode("utf8", "surrogateescape")) % 1000 < self.scale * 1000

    def write(self, file, later=0):
        # A hardlink comes after its file, whatever their names. The file may be another package's.
        ordered = sorted(self.members.items(), key=lambda item: (item[1][0].islnk(), item[0]))
        with tarfile.open(file, "w", format=tarfile.PAX_FORMAT) as out:
            for _, (member, tar) in ordered:
                content = tar.extractfile(member) if member.isreg() else None
                out.addfile(metadata(member, later), content)


class Concatenated:
    def __init__(self, files):
        self.files, self.open = iter(files), None

    def read(self, count):
        out = b""
        while len(out) < count:
            self.open = self.open or open(next(self.files), "rb")
            piece = self.open.read(count - len(out))
            out += piece
            if not piece:
                self.open.close()
                self.open = None
        return out


def clean(name):
    name = name.removeprefix("./").removeprefix(".").strip("/")
    first, slash, rest = name.partition("/")
    return f"usr/{name}" if slash and first in ("bin", "sbin", "lib", "lib32", "lib64", "libx32") else name


def metadata(member, later=0):
    member.mtime = min(int(member.mtime) or EPOCH, EPOCH) + later
    member.uname = member.gname = ""
    member.pax_headers = {key: value for key, value in member.pax_headers.items() if key.startswith("SCHILY.xattr.")}
    return member


def say(text):
    print(f"  {text}", flush=True)
