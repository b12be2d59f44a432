#!/usr/bin/env bash
# Measures what our package costs a small build. It times `dotnet build` of one project without the package, with the package and nothing to
# do, and with the package and an image of 10 MB to extract. The rounds alternate, so that a busy machine slows all of them. It prints
# differences of medians, the user's waiting time, and the ratio, because milliseconds depend on the machine.
#
#   tests/build-cost.sh [ROUNDS]        default: 9
set -eu

repository=$(cd "$(dirname "$0")/.." && pwd)
rounds=${1:-9}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
version=0.0.0-cost.$(date +%s)

dotnet pack "$repository/src/Oci.Build.Tasks" -o "$work/feed" -p:PackReadyToRun=true -p:PackageVersion="$version" >"$work/pack.log" || { cat "$work/pack.log"; exit 1; }

cat >"$work/nuget.config" <<END
<configuration><packageSources><add key="packed" value="$work/feed" /></packageSources></configuration>
END
cat >"$work/Directory.Build.props" <<END
<Project><PropertyGroup><RestorePackagesPath>$work/packages</RestorePackagesPath></PropertyGroup></Project>
END

# 500 files of 20 KB, as compressible as text.
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$repository/tests/benchmarks python3 - "$work/image" <<'END'
import pathlib, random, sys
from oci import END, Layout, entry
text = random.Random(10)
words = [bytes(text.choices(b"abcdefghijklmnopqrstuvwxyz", k=text.randint(2, 9))) for _ in range(4000)]
image = Layout(pathlib.Path(sys.argv[1]))
image.add_layer([entry(b"usr/share/d%d/f%d" % (n // 20, n), content=b" ".join(text.choices(words, k=3200))) for n in range(500)] + [END])
image.finish()
END

# project NAME ITEMS: makes a console program with these items.
project() {
  mkdir "$work/$1"
  echo 'System.Console.WriteLine("Hello");' >"$work/$1/Program.cs"
  cat >"$work/$1/$1.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><OciPlatform>linux/amd64</OciPlatform></PropertyGroup>
  <ItemGroup>$2</ItemGroup>
</Project>
END
  dotnet build "$work/$1" >"$work/$1.log" || { cat "$work/$1.log"; exit 1; }
}

project without ""
project with "<PackageReference Include=\"Oci.Build.Tasks\" Version=\"$version\" PrivateAssets=\"all\" /><OciImage Include=\"$work/image\" />"

# milliseconds NAME SAYS: times one build. Its output must contain SAYS.
milliseconds() {
  local start end
  start=$(date +%s%N)
  dotnet build --no-restore "$work/$1" >"$work/$1.log" || { cat "$work/$1.log"; exit 1; }
  end=$(date +%s%N)
  grep -q "$2" "$work/$1.log" || { echo "The build does not say '$2':"; cat "$work/$1.log"; exit 1; }
  echo $(((end - start) / 1000000))
}

without() { milliseconds without 'Build succeeded'; }
nothing() { milliseconds with 'is up to date'; }
first() {
  rm -rf "$work"/with/bin/Debug/net10.0/rootfs "$work"/with/bin/Debug/net10.0/.rootfs* "$work"/with/obj/Debug/net10.0/oci
  milliseconds with 'image is extracted'
}

# The first build of each project starts the build's servers and warms the caches.
for build in without nothing first; do
  $build >/dev/null
done

# The package's code must be compiled, the tasks' code too: the compiler silently leaves out any code that it can't resolve.
DOTNET_JitStdOutFile=$work/jit DOTNET_JitDisasmSummary=1 DOTNET_TieredPGO=0 DOTNET_CLI_USE_MSBUILD_SERVER=0 \
  dotnet build --no-restore -m:1 -nodeReuse:false "$work/with" >"$work/with.log"
grep -q 'JIT compiled' "$work/jit" || { echo "The runtime says nothing of what it compiles."; exit 1; }
grep -E 'JIT compiled [^ ]*Oci\..*\[Tier-?0' "$work/jit" >"$work/ours" || true
echo "compiled once more:       $(wc -l <"$work/ours") methods of ours"
[ "$(wc -l <"$work/ours")" -le 5 ] || { cat "$work/ours"; exit 1; }

for ((round = 1; round <= rounds; round++)); do
  for build in without nothing first; do
    $build >>"$work/$build.ms"
  done
done

median() { sort -n "$work/$1.ms" | sed -n "$(((rounds + 1) / 2))p"; }
without=$(median without)
echo "without the package:      $without ms (medians of $rounds rounds)"
for build in nothing first; do
  ms=$(median $build)
  case $build in
    nothing) what="with it, nothing to do:  " ;;
    first) what="with it, first build:    " ;;
  esac
  echo "$what $ms ms: $((ms - without)) more, $(awk -v a="$ms" -v b="$without" 'BEGIN { printf "%.3f", a / b }') of it"
done
