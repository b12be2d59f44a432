#!/usr/bin/env bash
# Extracts images of one content, of every kind that Debian's tools and the .NET SDK write: run WORK
#
# Kinds: images of skopeo, buildah and umoci, archives of them compressed as a whole, and PublishContainer in both formats. PublishContainer
# reads its base image from the loopback address. Each extraction must give the image's tree. Run as root. Each check prints a line "ok ..."
# or "FAIL ..."; the last line is "N passed, N failed".
set -u

here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
work=$(realpath -m "${1:?the directory to work in}")
layout=$repository/samples/Appliance/image/appliance
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false MSBUILDDISABLENODEREUSE=1
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C
unset SOURCE_DATE_EPOCH

. "$here/../checks.sh"

server=
trap '[[ -z $server ]] || kill "$server"' EXIT

# ---- extracting and comparing

extract() { dotnet "$repository/tests/Oci.Rootfs.Runner/bin/Debug/net10.0/Oci.Rootfs.Runner.dll" extract "$1" "$work/trees/$2" --archive "$work/archives/$2.tar" --cache "$work/cache" --platform linux/amd64; }

compare() { "$here/../real-images/compare.py" "$@"; }

same() { compare "$work/trees/$2" "$work/trees/$1"; }

# Compares all but the times, because each publish gives its files new ones.
same_but_for_times() {
  local tree
  for tree in "$1" "$2"; do
    cp -a "$work/trees/$tree" "$work/timeless-$tree" && find "$work/timeless-$tree/app" -exec touch -h -d @0 {} + || return
  done
  compare "$work/timeless-$1" "$work/timeless-$2"
}

# kind NAME IMAGE: checks that the image gives the reference tree, and that the second build has nothing to do.
kind() {
  check "$1: extracted" extract "$2" "$1" || return
  check "$1: the same tree" same "$1" reference
  # However the image is cut and compressed, the archive of its tree is one, byte for byte.
  check "$1: the same archive" cmp "$work/archives/$1.tar" "$work/archives/skopeo-oci.tar"
  check "$1: nothing to do the second time" nothing_to_do "$2" "$1"
}

nothing_to_do() {
  extract "$@"
  [[ $? -eq 3 ]]
}

refused() {
  local output
  output=$(extract "$2" "$1" 2>&1) && return 1
  grep "^$3:.*$4" <<<"$output"
}

# ---- making

in_storage() { buildah --root "$work/storage" --runroot "$work/storage-run" --storage-driver vfs "$@"; }

make_with_skopeo() {
  local images=$work/images
  skopeo copy -q "oci:$layout" "oci:$images/skopeo-oci:v1" &&
    skopeo copy -q "oci:$layout" "oci-archive:$images/skopeo-oci-archive.tar:v1" &&
    skopeo copy -q "oci:$layout" "docker-archive:$images/skopeo-docker-archive.tar:example/app:v1" &&
    skopeo copy -q --dest-compress --dest-compress-format zstd --dest-oci-accept-uncompressed-layers=false "oci:$layout" "oci:$images/skopeo-zstd:v1" &&
    skopeo copy -q "oci:$layout" "dir:$images/skopeo-dir"
}

make_with_buildah() {
  local image=localhost/app:v1
  skopeo copy -q "oci:$layout" "containers-storage:[vfs@$work/storage+$work/storage-run]$image" &&
    in_storage push -q "$image" "oci:$work/images/buildah-oci:v1" &&
    in_storage push -q "$image" "oci-archive:$work/images/buildah-oci-archive.tar:v1" &&
    in_storage push -q --format v2s2 "$image" "docker-archive:$work/images/buildah-docker-archive.tar:example/app:v1"
}

# umoci makes a layer of its own from the tree.
make_with_umoci() {
  local image=$work/images/umoci
  umoci init --layout "$image" && umoci new --image "$image:v1" && umoci config --image "$image:v1" --os linux --architecture amd64 &&
    umoci unpack --image "$image:v1" "$work/bundle" &&
    cp -a "$work/trees/reference/." "$work/bundle/rootfs/" &&
    umoci repack --image "$image:v1" "$work/bundle" &&
    tar -C "$image" -cf "$work/images/umoci.tar" .
}

compress_wholes() {
  local images=$work/images
  gzip -kc "$images/skopeo-oci-archive.tar" >"$images/whole-gzip" &&
    cat <(head -c 5000 "$images/skopeo-oci-archive.tar" | gzip) <(tail -c +5001 "$images/skopeo-oci-archive.tar" | gzip) >"$images/whole-gzip-members" &&
    zstd -qc "$images/skopeo-oci-archive.tar" >"$images/whole-zstd" &&
    bzip2 -kc "$images/skopeo-oci-archive.tar" >"$images/whole-bzip2" &&
    cat <(head -c 5000 "$images/skopeo-oci-archive.tar" | bzip2) <(tail -c +5001 "$images/skopeo-oci-archive.tar" | bzip2) >"$images/whole-bzip2-streams" &&
    gzip -kc "$images/skopeo-docker-archive.tar" >"$images/whole-docker-archive-gzip" &&
    xz -kc "$images/skopeo-oci-archive.tar" >"$images/whole-xz"
}

# No check starts the server: a check reads the output to its end, so it would wait for the server.
serve() {
  "$here/registry.py" "$layout" >"$work/address" 2>/dev/null </dev/null &
  server=$!
  for ((i = 0; i < 100; i++)); do
    [[ -s $work/address ]] && return
    sleep 0.1
  done
  return 1
}

write_app() {
  mkdir -p "$work/app"
  cat >"$work/app/app.csproj" <<END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <UseAppHost>false</UseAppHost>
    <ContainerBaseImage>$(cat "$work/address")/appliance:1.0</ContainerBaseImage>
    <ContainerRuntimeIdentifier>linux-x64</ContainerRuntimeIdentifier>
    <ContainerAppCommandInstruction>Entrypoint</ContainerAppCommandInstruction>
  </PropertyGroup>
</Project>
END
  echo 'System.Console.WriteLine("hello");' >"$work/app/program.cs"
  echo '<Project />' | tee "$work/app/Directory.Build.props" "$work/app/Directory.Build.targets" >"$work/app/Directory.Packages.props"
}

publish_container() {
  dotnet publish "$work/app/app.csproj" -t:PublishContainer -p:ContainerImageFormat="$1" -p:ContainerArchiveOutputPath="$work/images/publish-$1.tar.gz"
}

same_base() {
  local base=$work/base-of-$1
  cp -a "$work/trees/$1" "$base" && [[ -f $base/app/app.dll ]] && rm -r "$base/app" && touch -r "$work/trees/reference" "$base" && compare "$work/trees/reference" "$base"
}

# Builds the sample whose image is in a registry, pinned by digest, from the loopback address. Further options are for the build.
fetch() {
  XDG_CACHE_HOME=$work/cache dotnet build "$repository/samples/Fetched" -p:OciPlatform=linux/amd64 "$@" \
    -p:FetchImage="docker://$(cat "$work/address")/appliance@sha256:$(sed -n 's/.*"digest": "sha256:\([0-9a-f]*\)".*/\1/p' "$layout/index.json" | head -n 1)" &&
    cp -a "$repository/samples/Fetched/bin/Debug/net10.0/rootfs/fetched" "$work/trees/fetched" && same fetched reference
  local status=$?
  rm -rf "$work/trees/fetched"
  return $status
}

# ---- all

rm -rf "$work"
mkdir -p "$work/images" "$work/trees"
check "runner built" dotnet build "$repository/tests/Oci.Rootfs.Runner" || finish

# The reference is umoci's tree of the image, made without our code.
check "reference tree by umoci" umoci unpack --image "$layout:1.0" "$work/reference" || finish
mv "$work/reference/rootfs" "$work/trees/reference"

check "images by skopeo" make_with_skopeo && {
  for image in skopeo-oci skopeo-oci-archive.tar skopeo-docker-archive.tar skopeo-zstd; do
    kind "$image" "$work/images/$image"
  done
  check "skopeo-oci: GNU tar makes the tree of the archive" compare "$work/trees/reference" "$work/archives/skopeo-oci.tar"
  check "skopeo-dir: refused by name" refused skopeo-dir "$work/images/skopeo-dir" OCI1005 "dir:"
}
check "archives compressed as a whole" compress_wholes && {
  for image in whole-{gzip,gzip-members,zstd,bzip2,bzip2-streams,docker-archive-gzip}; do
    kind "$image" "$work/images/$image"
  done
  check "whole-xz: refused by name" refused whole-xz "$work/images/whole-xz" OCI1006 unxz
}
check "images by buildah" make_with_buildah && {
  for image in buildah-oci buildah-oci-archive.tar buildah-docker-archive.tar; do
    kind "$image" "$work/images/$image"
  done
}
check "images by umoci" make_with_umoci && {
  for image in umoci umoci.tar; do
    kind "$image" "$work/images/$image"
  done
}
serve
check "base image served" test -s "$work/address" && write_app && {
  for format in OCI Docker; do
    check "PublishContainer, $format" publish_container $format
  done
  for format in OCI Docker; do
    check "PublishContainer, $format: extracted" extract "$work/images/publish-$format.tar.gz" publish-$format
  done
  check "PublishContainer: both formats give the same tree" same_but_for_times publish-Docker publish-OCI
  check "PublishContainer: the base's tree, and the app" same_base publish-OCI
  # A file that an earlier run fetched would pass for the image.
  rm -rf "$repository"/samples/Fetched/{bin,obj}
  check "package for a sample" dotnet build "$repository/samples" -t:PackPackage &&
    check "a sample that fetches its image" fetch && check "and not a second time" fetch -p:OciOffline=true
}
finish
