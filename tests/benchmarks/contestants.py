"""The measured programs: ours, through a build and bare, and every installed peer."""

import os
import re
import shlex
import shutil
import subprocess

import disk
import measure
import oci

REPOSITORY = disk.pathlib.Path(__file__).resolve().parents[2]


class Task:
    """The packed package in a real build. MSBuild counts the task's wall time. The whole command's time is kept too."""

    def __init__(self, work):
        self.work, self.version = work / "build", f"0.0.0-bench.{os.getpid()}"
        disk.remove(self.work)
        self.work.mkdir()
        dotnet("pack", REPOSITORY / "src/Oci.Build.Tasks", "-o", self.work / "feed", "-p:PackReadyToRun=true", f"-p:PackageVersion={self.version}")
        (self.work / "nuget.config").write_text(
            f'<configuration><packageSources><add key="packed" value="{self.work}/feed" /></packageSources></configuration>')
        (self.work / "Directory.Build.props").write_text(
            f"<Project><PropertyGroup><RestorePackagesPath>{self.work}/packages</RestorePackagesPath></PropertyGroup></Project>")
        for file in ("Directory.Build.targets", "Directory.Packages.props"):
            (self.work / file).write_text("<Project />")
        self.without = self.project("without", "")

    def project(self, name, items):
        directory = self.work / name
        if not directory.exists():
            directory.mkdir()
            (directory / "image.csproj").write_text(f"""<Project Sdk="Microsoft.Build.NoTargets/3.7.0">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><OciPlatform>linux/amd64</OciPlatform></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Oci.Build.Tasks" Version="{self.version}" PrivateAssets="all" />
    {items}
  </ItemGroup>
</Project>
""")
            dotnet("restore", directory)
        return directory

    def build(self, directory):
        return measure.run(["dotnet", "build", "--no-restore", "-v:m", "-clp:PerformanceSummary"], directory)

    def run(self, kind, layout, destination, archive=None, directory=True):
        """With an archive's path, the build writes that too; without the directory, that alone."""
        name = kind + ("" if archive is None else f"-{'both' if directory else 'alone'}-{archive.name}")
        metadata = f'RootfsDirectory="{destination if directory else ""}"' + (f' RootfsArchive="{archive}"' if archive else "")
        project = self.project(name, f'<OciImage Include="{layout}" {metadata} />')
        disk.remove(project / "obj/Debug/net10.0/oci")
        for output in (destination, archive or destination):
            (output.parent / f".{output.name}.oci").unlink(missing_ok=True)
        whole = self.build(project)
        task = re.search(r"(\d+) ms +ExtractOciRootfs +1 calls", whole.output.partition("Task Performance Summary:")[2])
        if not task or (directory and not any(destination.iterdir())) or (archive and not archive.exists()):
            raise SystemExit(whole.output)
        whole.task = int(task[1]) / 1000
        return whole


class Runner:
    """The engine in a process of its own, compiled ahead of time like the package, with the outputs that a build gets by default."""

    def __init__(self, work, *options, build=True):
        self.program, self.outputs, self.options = work / "runner/Oci.Rootfs.Runner.dll", work / "outputs", options
        self.outputs.mkdir(exist_ok=True)
        if build:
            dotnet("publish", REPOSITORY / "tests/Oci.Rootfs.Runner", "-c", "Release", "-r", "linux-x64", "--self-contained", "false",
               "-p:PublishReadyToRun=true", "-o", self.program.parent)

    def run(self, kind, layout, destination, cores=os.cpu_count()):
        (destination.parent / f".{destination.name}.oci").unlink(missing_ok=True)
        return measure.run(["taskset", "-c", f"0-{cores - 1}", "dotnet", self.program, "extract", layout, destination,
                            "--platform", "linux/amd64", "--json", self.outputs / "json", "--props", self.outputs / "props", "--mtree", self.outputs / "manifest", *self.options])


class Tar:
    """A tar a layer, in order. No digest is checked, no whiteout applied."""

    def __init__(self, *options):
        self.options = options

    def run(self, kind, layout, destination):
        destination.mkdir()
        command = " ".join(map(shlex.quote, self.options))
        script = f'cd "$1" && shift && for layer; do {command} -xf "$layer" || exit; done'
        return measure.run(["sh", "-c", script, "-", destination, *oci.layers(layout)])


class Umoci:
    def run(self, kind, layout, destination):
        return measure.run(["umoci", "unpack", "--image", f"{layout}:latest", destination])


class UmociAndTar:
    """The archive without us: umoci's tree, as root, through GNU tar into zstd."""

    def run(self, kind, layout, destination, archive):
        script = 'umoci unpack --image "$1:latest" "$2" && tar --xattrs --xattrs-include="*" --numeric-owner -C "$2/rootfs" -cf - . | zstd -q -3 -T2 -f -o "$3"'
        return measure.run(["bash", "-o", "pipefail", "-c", script, "-", layout, destination, archive])


class Seed:
    """The program from which this project began, by a command with {archive} or {layout} and {destination} in it."""

    def __init__(self, command, work):
        self.command, self.work = command, work

    def run(self, kind, layout, destination):
        archive = self.work / f"{kind}.tar"
        if "{archive}" in self.command and not archive.exists():
            subprocess.run(["tar", "-C", layout, "-cf", archive, "oci-layout", "index.json", "blobs"], check=True)
        destination.mkdir()
        # A failed run still counts: its time is a lower bound.
        return measure.run(shlex.split(self.command.format(archive=archive, layout=layout, destination=destination)), accept=range(256))


def all_for(kind, work, ours):
    """Name → contestant: all installed contestants that can read this kind of image."""
    gzip = kind.endswith(".gzip")
    found = {name: who for name, who in ours.items() if gzip or not getattr(who, "options", ())}
    if gzip:
        found["tar -xz"] = Tar("tar", "--numeric-owner", "-z")
        if shutil.which("igzip"):
            found["tar -I igzip"] = Tar("tar", "--numeric-owner", "-I", "igzip")
    elif shutil.which("zstd"):
        found["tar -I zstd"] = Tar("tar", "--numeric-owner", "-I", "zstd")
    if shutil.which("bsdtar"):
        found["bsdtar"] = Tar("bsdtar", "--numeric-owner", "-p")
    if gzip and shutil.which("umoci"):
        found["umoci"] = Umoci()
    if seed := os.environ.get("OCI_BENCH_SEED"):
        found["seed"] = Seed(seed, work)
    return found


def dotnet(*arguments):
    measure.run(["dotnet", *arguments])
