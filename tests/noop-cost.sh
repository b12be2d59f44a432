#!/usr/bin/env bash
# What our package costs a build that has nothing to do: the time of a second `dotnet build` of one project with the package and without
# it, in alternating rounds (so that a busy machine is busy for both), and the ratio of the medians. A ratio, because milliseconds are
# the machine's.
#
#   tests/noop-cost.sh [ROUNDS] [IMAGE]        default: 9 rounds, the sample's image (linux/amd64)
set -eu

repository=$(cd "$(dirname "$0")/.." && pwd)
rounds=${1:-9}
image=$(realpath "${2:-$repository/samples/Appliance/image/appliance}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
version=0.0.0-noop.$(date +%s)

dotnet pack "$repository/src/Oci.Build.Tasks" -o "$work/feed" -p:PackReadyToRun=true -p:PackageVersion="$version" >"$work/pack.log" || { cat "$work/pack.log"; exit 1; }

cat >"$work/nuget.config" <<END
<configuration><packageSources><add key="packed" value="$work/feed" /></packageSources></configuration>
END
cat >"$work/Directory.Build.props" <<END
<Project><PropertyGroup><RestorePackagesPath>$work/packages</RestorePackagesPath></PropertyGroup></Project>
END

# project NAME ITEMS: a console program and what is given.
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
project with "<PackageReference Include=\"Oci.Build.Tasks\" Version=\"$version\" PrivateAssets=\"all\" /><OciImage Include=\"$image\" />"

# milliseconds NAME: of one build that has nothing to do.
milliseconds() {
  local start end
  start=$(date +%s%N)
  dotnet build --no-restore "$work/$1" >"$work/$1.log" || { cat "$work/$1.log"; exit 1; }
  end=$(date +%s%N)
  echo $(((end - start) / 1000000))
}

median() { sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"; }

# The first of each starts the build's servers and warms the caches.
milliseconds without >/dev/null
milliseconds with >/dev/null
grep -q 'is up to date' "$work/with.log" || { echo "The second build was not up to date:"; cat "$work/with.log"; exit 1; }

# The package's code must come compiled, the tasks' too: the compiler leaves out, and says nothing, what it can't resolve.
DOTNET_JitStdOutFile=$work/jit DOTNET_JitDisasmSummary=1 DOTNET_TieredPGO=0 DOTNET_CLI_USE_MSBUILD_SERVER=0 \
  dotnet build --no-restore -m:1 -nodeReuse:false "$work/with" >"$work/with.log"
grep -q 'JIT compiled' "$work/jit" || { echo "The runtime says nothing of what it compiles."; exit 1; }
grep -E 'JIT compiled [^ ]*Oci\..*\[Tier-?0' "$work/jit" >"$work/ours" || true
echo "compiled once more:  $(wc -l <"$work/ours") methods of ours"
[ "$(wc -l <"$work/ours")" -le 5 ] || { cat "$work/ours"; exit 1; }

for ((round = 1; round <= rounds; round++)); do
  milliseconds without >>"$work/without.ms"
  milliseconds with >>"$work/with.ms"
done

without=$(median "$work/without.ms")
with=$(median "$work/with.ms")
echo "without the package: $without ms (median of $rounds builds with nothing to do)"
echo "with the package:    $with ms"
echo "ratio:               $(awk -v a="$with" -v b="$without" 'BEGIN { printf "%.3f", a / b }')"
