#!/usr/bin/env bash
# Makes real images with Debian's own tools, as root: make-images.sh WORK
#
#   WORK/images/   the images to extract: layouts and archives, one image in several forms
#   WORK/bundles/  their trees, unpacked by umoci: the reference
#   WORK/list      form, reference bundle, platform, reference name: one line an image ("-" for none)
#
# Needs mmdebstrap, umoci, skopeo, buildah, tar, libarchive-tools and the machine's own apt sources. Later runs use WORK/base.tar again.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(realpath -m "${1:?the directory to work in}")
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
umask 022

codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
packages_added="iputils-ping sudo cron openssh-client perl git-man file"
packages_removed="cron file"

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }

# ---- packages

# The machine's own Debian sources, one line each; $1 limits them to a suite.
sources() {
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    sort -u | while read -r origin uri release component; do
      [[ $origin == Debian && $release == "$codename"* ]] || continue
      [[ $# -eq 0 || $release == "$1" ]] || continue
      echo "deb $uri $release $component"
    done
}

# The machine's way to its mirrors (a proxy, for example).
network_options() { apt-config dump | grep -E '^Acquire::(http|https|Retries|ForceIPv[46])' || true; }

# The outer apt-get downloads into the tree at $1, and dpkg runs inside it. The inside needs no network, no /proc and nothing of ours.
apt_in() {
  local root=$1
  shift
  cat >"$work/apt.conf" <<END
Dir "$root";
DPkg::Chroot-Directory "$root";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Dpkg::Options { "--force-confnew"; };
Dpkg::Use-Pty "false";
$(network_options)
END
  APT_CONFIG=$work/apt.conf PATH=/usr/sbin:/usr/bin:/sbin:/bin apt-get -qq -y "$@" </dev/null
}

prepare() {
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod 755 "$1/usr/sbin/policy-rc.d"
  sources "${@:2}" >"$1/etc/apt/sources.list"
}

tidy() {
  rm -f "$1/usr/sbin/policy-rc.d"
  rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/*
}

make_base() {
  [[ -s $work/base.tar ]] && return
  # The original release, without security and updates. A later layer upgrades it.
  network_options >"$work/network.conf"
  sources "$codename" | mmdebstrap --quiet --mode=root --variant=minbase --format=tar --aptopt="$work/network.conf" \
    --customize-hook='rm -f "$1"/etc/apt/apt.conf.d/99mmdebstrap' "$codename" "$work/base.tar.new" -
  mv "$work/base.tar.new" "$work/base.tar"
}

# ---- layers

bundle=$work/build
layout=$work/layers

repack() {
  umoci repack --refresh-bundle --image "$layout:$1" "$bundle"
  say "layer $1"
}

# One stack of layers on Debian's base: packages installed, changed, upgraded, removed and replaced. GNU tar and libarchive made the layers
# on top.
make_debian() {
  local root=$bundle/rootfs
  umoci init --layout "$layout"
  umoci new --image "$layout:empty"
  umoci raw add-layer --image "$layout:empty" --tag base "$work/base.tar"
  umoci unpack --image "$layout:base" "$bundle"

  prepare "$root" "$codename"
  apt_in "$root" update
  # shellcheck disable=SC2086
  apt_in "$root" install $packages_added
  "$here/odd_files.py" devices "$root"
  tidy "$root"
  repack installed

  echo 'changed = yes' >>"$root/etc/adduser.conf"
  chmod 0750 "$root/etc/skel"
  chown 1:1 "$root/etc/motd"
  chroot "$root" useradd --create-home --uid 1000 somebody
  "$here/odd_files.py" names "$root"
  repack configured

  prepare "$root"
  apt_in "$root" update
  apt_in "$root" dist-upgrade
  apt_in "$root" install --reinstall tzdata
  tidy "$root"
  repack upgraded

  # shellcheck disable=SC2086
  apt_in "$root" purge --autoremove $packages_removed
  tidy "$root"
  rm -rf "$root/usr/share/man" "$root/usr/share/locale"
  repack removed

  "$here/odd_files.py" replace "$root"
  repack replaced
  "$here/odd_files.py" back "$root"
  repack back

  tar_layer pax back packed tar --format=pax --sort=name --sparse --xattrs --xattrs-include='*'
  tar_layer gnu packed long tar --format=gnu --sort=name
  tar_layer bsd long libarchive bsdtar --format=pax --xattrs --acls
  tar_layer implied libarchive final tar --format=ustar
  umoci config --image "$layout:final" --config.env 'GREETING=$(hello) @(x);%41' --config.entrypoint /bin/sh \
    --config.label 'a.label=with "quotes" & <angles>' --config.workingdir /srv
}

tar_layer() {
  local kind=$1 from=$2 to=$3
  shift 3
  mkdir "$work/$kind"
  "$here/odd_files.py" "$kind" "$work/$kind"
  local members=(.)
  [[ $kind != implied ]] || mapfile -t members < <(cd "$work/$kind" && find . -type f)
  "$@" --numeric-owner -cf "$work/$kind.tar" -C "$work/$kind" "${members[@]}"
  umoci raw add-layer --image "$layout:$from" --tag "$to" "$work/$kind.tar"
  say "layer $to"
}

# The image in every form that skopeo makes.
make_forms() {
  skopeo --insecure-policy copy -q "oci:$layout:final" "oci:$images/debian:latest"
  skopeo --insecure-policy copy -q "oci:$images/debian:latest" "oci-archive:$images/debian-gzip.tar:latest"
  skopeo --insecure-policy copy -q --dest-compress-format zstd "oci:$images/debian:latest" \
    "oci-archive:$images/debian-zstd.tar:latest"
  skopeo --insecure-policy copy -q --dest-decompress "oci:$images/debian:latest" "dir:$work/plain"
  skopeo --insecure-policy copy -q --dest-oci-accept-uncompressed-layers --format oci "dir:$work/plain" \
    "oci:$images/debian-plain:latest"
  rm -rf "$work/plain"
  local form
  for form in debian debian-gzip.tar debian-zstd.tar debian-plain; do
    add "$form" debian - -
  done
  reference debian "$layout:final"
}

# containers/storage writes its own layers; no container runs.
make_buildah() {
  local storage=(buildah --root "$work/storage" --runroot "$work/storage-run" --storage-driver vfs) mounted container
  container=$("${storage[@]}" from scratch)
  "${storage[@]}" add -q "$container" "$work/base.tar" / >/dev/null
  "${storage[@]}" commit -q --rm "$container" one >/dev/null
  container=$("${storage[@]}" from one)
  mounted=$("${storage[@]}" mount "$container")
  "$here/odd_files.py" devices "$mounted"
  "$here/odd_files.py" names "$mounted"
  rm -rf "$mounted/usr/share/doc" "$mounted/etc/cron.d"
  "${storage[@]}" unmount "$container" >/dev/null
  "${storage[@]}" commit -q --rm "$container" two >/dev/null
  container=$("${storage[@]}" from two)
  mounted=$("${storage[@]}" mount "$container")
  "$here/odd_files.py" replace "$mounted"
  "${storage[@]}" unmount "$container" >/dev/null
  "${storage[@]}" config --entrypoint '["/bin/sh","-c"]' --cmd 'echo "$HOME"' --user 1000:1000 "$container"
  "${storage[@]}" commit -q --rm "$container" three >/dev/null
  "${storage[@]}" push -q three "oci:$images/buildah:latest"
  add buildah buildah - -
  reference buildah "$images/buildah:latest"
}

# Old GNU sparse entries, which umoci refuses (unknown typeflag 'S'): GNU tar itself unpacks the reference.
make_sparse() {
  tar -C "$work/gnu" --numeric-owner --sort=name --format=gnu --sparse -cf "$work/sparse.tar" .
  umoci init --layout "$images/sparse"
  umoci new --image "$images/sparse:latest"
  umoci raw add-layer --image "$images/sparse:latest" "$work/sparse.tar"
  mkdir -p "$bundles/sparse/rootfs"
  tar -C "$bundles/sparse/rootfs" --numeric-owner -xpf "$work/sparse.tar"
  add sparse sparse - -
}

# One small image for two platforms under one name, and another name beside it.
make_multi() {
  local tree=$work/multi architecture
  umoci init --layout "$tree"
  for architecture in amd64 arm64; do
    umoci new --image "$tree:$architecture"
    umoci config --image "$tree:$architecture" --architecture "$architecture" --os linux
    umoci unpack --image "$tree:$architecture" "$work/multi-$architecture"
    mkdir "$work/multi-$architecture/rootfs/etc"
    echo "$architecture" >"$work/multi-$architecture/rootfs/etc/architecture"
    umoci repack --image "$tree:$architecture" "$work/multi-$architecture"
  done
  local storage=(buildah --root "$work/storage" --runroot "$work/storage-run" --storage-driver vfs)
  "${storage[@]}" manifest create both >/dev/null
  for architecture in amd64 arm64; do
    "${storage[@]}" manifest add both "oci:$tree:$architecture" >/dev/null
  done
  "${storage[@]}" manifest push -q --all both "oci:$images/multi:both" >/dev/null
  for architecture in amd64 arm64; do
    add multi "multi-$architecture" "linux/$architecture" both
    reference "multi-$architecture" "$tree:$architecture"
  done
}

# ---- all

add() { printf '%s %s %s %s\n' "$@" >>"$work/list"; }

reference() {
  umoci unpack --image "$2" "$bundles/$1"
  say "reference $1"
}

images=$work/images
bundles=$work/bundles
mkdir -p "$work"
rm -rf "$images" "$bundles" "$work/list" "$bundle" "$layout" "$work"/{pax,gnu,bsd,implied,plain,multi,storage,storage-run} "$work"/multi-*
mkdir "$images" "$bundles"

say "base"
make_base
make_debian
make_forms
say "forms"
make_buildah
make_sparse
make_multi
rm -rf "$bundle" "$work"/{storage,storage-run}
# umoci gives its blobs to root alone, but the unprivileged builder reads the images too.
chmod -R a+rX "$images"
say "done: $(wc -l <"$work/list") images"
