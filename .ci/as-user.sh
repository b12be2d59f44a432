#!/usr/bin/env bash
# as-user UID:GID HOME DIRECTORY COMMAND...: runs a command as a user without any privilege, with a home of its own.
set -u
ids=$1 home=$2 directory=$3
shift 3
mkdir -p "$home/tmp"
chown "$ids" "$home" "$home/tmp"
cd "$directory" || exit
exec setpriv --reuid="${ids%:*}" --regid="${ids#*:}" --clear-groups --inh-caps=-all --no-new-privs \
  env HOME="$home" DOTNET_CLI_HOME="$home" NUGET_PACKAGES="$home/.nuget/packages" TMPDIR="$home/tmp" \
  XDG_DATA_HOME="$home/.local/share" XDG_CONFIG_HOME="$home/.config" "$@"
