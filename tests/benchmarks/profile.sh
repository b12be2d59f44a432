#!/usr/bin/env bash
# Shows which functions take the time: tests/benchmarks/profile.sh LAYOUT WORK
#
# Extracts an image into WORK under perf. Prints each thread's share of the processor time, and the functions that take it. Threads: "OCI
# blob" reads and hashes a blob, "OCI layer" inflates it, "OCI diff_id" hashes the inflated bytes, "OCI file writer" makes small files. The
# main thread (dotnet or .NET's own name) parses, merges and writes big files. Needs perf, and root.
set -euo pipefail

repository=$(cd "$(dirname "$0")/../.." && pwd)
layout=$(realpath "${1:?an OCI layout}")
work=$(realpath "${2:?a directory to work in}")
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

dotnet build "$repository/tests/Oci.Rootfs.Runner" -c Release -o "$work/profile-runner" >"$work/profile.log" || { cat "$work/profile.log"; exit 1; }
rm -rf "$work/profile-tree" "$work/.profile-tree.oci"
trap 'rm -rf "$work/profile-tree" "$work/.profile-tree.oci" "$work/profile.data"' EXIT

DOTNET_PerfMapEnabled=1 perf record -q -F 499 -g -o "$work/profile.data" \
  dotnet "$work/profile-runner/Oci.Rootfs.Runner.dll" extract "$layout" "$work/profile-tree" --platform linux/amd64 --mtree "$work/profile-manifest" >/dev/null
echo "By thread:"
perf report -i "$work/profile.data" --stdio --no-children -g none --sort comm 2>/dev/null | grep -E '^ +[0-9]'
echo "By thread and function:"
perf report -i "$work/profile.data" --stdio --no-children -g none --sort comm,symbol 2>/dev/null | grep -E '^ +[0-9]' | head -n "${LINES_SHOWN:-40}"
