#!/usr/bin/env bash
# Extracts real images through the package, as a user would: run [--keep-images] WORK
#
# Makes the images (make-images.sh), packs the package and builds one project for each form of each image, as root and as an unprivileged
# user. Then it compares the trees and mtree files with umoci's trees (compare.py). Run as root. With --keep-images it uses the images and
# reference trees of an earlier run in WORK again. Each comparison prints a line "ok ..." or "FAIL ..."; the last line is "N passed, N
# failed".
set -u

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
keep=false
if [[ ${1:-} == --keep-images ]]; then keep=true; shift; fi
work=$(realpath -m "${1:?the directory to work in}")
builder=12345:12346
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false MSBUILDDISABLENODEREUSE=1
export PYTHONDONTWRITEBYTECODE=1
# Directories that no layer lists get this time (rule 38). umoci does not know the variable.
unset SOURCE_DATE_EPOCH

. "$here/../checks.sh"

# ---- what is needed first

pack() {
  local version=$1
  rm -rf "$work/feed"
  dotnet pack "$repository/src/Oci.Build.Tasks" -c Release -p:Version="$version" -o "$work/feed" </dev/null
}

describe_references() {
  local bundle
  for bundle in "$work"/bundles/*; do
    "$here/compare.py" --describe "$bundle/rootfs" "$work/references/$(basename "$bundle").mtree" || return
  done
}

# A user's project: it uses only the package, and no other part of this repository.
write_project() {
  local directory=$1 version=$2 image=$3 metadata=$4
  mkdir -p "$directory"
  cat >"$directory/image.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
    <TreatWarningsAsErrors>false</TreatWarningsAsErrors>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Oci.Build.Tasks" Version="$version" />
    <OciImage Include="$image" $metadata />
  </ItemGroup>
</Project>
END
  cat >"$directory/nuget.config" <<END
<configuration>
  <packageSources><clear /><add key="real-images" value="$work/feed" /></packageSources>
</configuration>
END
  echo '<Project />' | tee "$directory/Directory.Build.props" >"$directory/Directory.Build.targets"
  echo 'root = true' >"$directory/.editorconfig"
}

# as ROLE DIRECTORY COMMAND...: runs a command in a directory, as root or as an unprivileged user, with a home of its own.
as() {
  local role=$1 directory=$2
  shift 2
  if [[ $role == user ]]; then
    bash "$repository/.ci/as-user.sh" "$builder" "$work/home-user" "$directory" "$@"
  else
    env -C "$directory" NUGET_PACKAGES="$work/home-root/packages" "$@"
  fi </dev/null
}

# The builders differ in everything that must not change the files beside the tree.
declare -A umask_of=([root]=022 [user]=077)
declare -A surroundings_of=([root]="TZ=UTC LC_ALL=C.UTF-8" [user]="TZ=Pacific/Chatham LC_ALL=tr_TR.UTF-8")

prepare_homes() {
  rm -rf "$work"/home-{root,user} "$work"/projects-{root,user} "$work/references"
  mkdir -p "$work"/home-{root,user} "$work"/projects-{root,user} "$work/references"
  chown "$builder" "$work"/{home,projects}-user
}

build() {
  local role=$1 directory=$2
  shift 2
  # shellcheck disable=SC2086
  (umask "${umask_of[$role]}" && as "$role" "$directory" env ${surroundings_of[$role]} dotnet build image.csproj -v:normal "$@")
}

# ---- the checks of one form of an image, by one builder

check_form() {
  local role=$1 form=$2 bundle=$3 platform=$4 reference=$5
  local name=${form%.tar} metadata='RootfsArchive="tree.tar" MakeWritable="false"' directory privileges=() label tree record outputs
  # The package's default paths.
  tree=bin/Debug/net10.0/rootfs/$name
  record=obj/Debug/net10.0/oci/$name.mtree
  outputs=("$record" "${record%.mtree}.props" "$tree.config.json" tree.tar)
  [[ $platform == - ]] || { metadata+=" Platform=\"$platform\""; name=$bundle; }
  [[ $reference == - ]] || metadata+=" Reference=\"$reference\""
  directory=$work/projects-$role/$name
  label="$name as $role"
  write_project "$directory" "$version" "$work/images/$form" "$metadata"
  if [[ $role == user ]]; then
    privileges=(--builder "$builder")
    chown -R "$builder" "$directory"
  fi

  check "$label: build" build "$role" "$directory" || return
  check "$label: tree" "$here/compare.py" --image "$name" --explained "$here/explained.txt" "${privileges[@]}" \
    "$work/references/$bundle.mtree" "$directory/$tree"
  check "$label: record" "$here/compare.py" --image "$name" --explained "$here/explained.txt" \
    "$work/references/$bundle.mtree" "$directory/$record"
  # A user's archive is the same, byte for byte: the check below.
  [[ $role == user ]] || check "$label: archive" "$here/compare.py" "$work/references/$bundle.mtree" "$directory/tree.tar" --image "$name" --explained "$here/explained.txt"
  check "$label: a second build writes nothing, and says so" writes_nothing "$role" "$directory"
  if [[ $role == user ]]; then
    check "$label: the files beside the tree are root's, byte for byte" same_files "$work/projects-root/$name" "$directory" "${outputs[@]}"
    check "$label: clean leaves nothing" cleans user "$directory"
    check "$name as root: clean leaves nothing" cleans root "$work/projects-root/$name"
  fi
}

same_files() {
  local file
  for file in "${@:3}"; do
    cmp "$1/$file" "$2/$file" || return
  done
}

writes_nothing() {
  local before after said
  before=$(stamp "$2") && said=$(build "$1" "$2") && after=$(stamp "$2") || { echo "$said"; return 1; }
  grep -q 'is up to date' <<<"$said" || { echo "$said"; return 1; }
  [[ $before == "$after" ]] || { diff <(echo "$before") <(echo "$after") | head -20; return 1; }
}

# Inode, and times of the last change, of every file that the package made.
stamp() { find "$1/bin/Debug/net10.0/rootfs" "$1/obj/Debug/net10.0/oci" "$1/tree.tar" -printf '%i %C@ %T@ %p\n' | sort -k 4; }

cleans() {
  as "$1" "$2" dotnet clean image.csproj || return
  local left
  left=$(find "$2/bin/Debug/net10.0/rootfs" "$2/obj/Debug/net10.0/oci" -mindepth 1 2>/dev/null; find "$2" -name tree.tar)
  [[ -z $left ]] || { echo "still there: $left"; return 1; }
}

# ---- all

mkdir -p "$work"
chmod 755 "$work"
version=0.0.0-real.$(date +%s)
check "the comparison sees every kind of difference" "$here/compare_test.py"
if ! $keep || [[ ! -s $work/list ]]; then
  check "images made" "$here/make-images.sh" "$work" || finish
fi
prepare_homes
check "reference trees read" describe_references || finish
check "package packed" pack "$version" || finish
for role in root user; do
  while read -r form bundle platform reference; do
    check_form $role "$form" "$bundle" "$platform" "$reference"
  done <"$work/list"
done
finish
