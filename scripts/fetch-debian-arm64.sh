#!/bin/sh
# Fetches Debian's stock arm64 kernel, its config and a static busybox with apt, without installing anything: to
# .cache/debian-arm64. apt gets a state of its own there, so this machine's architecture and package lists stay as they are.
set -eu
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${DEBIAN_ARM64_CACHE:-$root/.cache/debian-arm64}

die() {
  echo "fetch-debian-arm64: $1" >&2
  exit 1
}

for tool in apt-cache apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || die "$tool is missing; this needs Debian"
done
if [ -s "$folder/vmlinuz" ] && [ -s "$folder/config" ] && [ -s "$folder/busybox" ]; then
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/root" "$folder"
: >"$work/status"

# this machine's own sources, read as an arm64 machine would
arm64() {
  tool=$1
  shift
  "$tool" -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o APT::Sandbox::User=root \
    -o Dir::State="$work" -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" \
    -o Dir::Cache="$work/cache" -o Acquire::Languages=none "$@"
}

# a source without packages for arm64 fails here, and does not matter
arm64 apt-get update >"$work/log" 2>&1 || true
# The metapackage names the package of the current version.
kernel=$(arm64 apt-cache depends linux-image-arm64 | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
[ -n "$kernel" ] || {
  cat "$work/log" >&2
  die 'apt finds no linux-image-arm64 in the sources of this machine'
}
(cd "$work" && arm64 apt-get download "$kernel" busybox-static >log 2>&1) || {
  cat "$work/log" >&2
  die "apt cannot download $kernel and busybox-static"
}
unpack() {
  dpkg-deb --fsys-tarfile "$work"/"$1"_*.deb | tar -C "$work/root" -xf - --wildcards "$2"
}
unpack "$kernel" './boot/*-arm64'
unpack busybox-static '*/bin/busybox'

take() {
  found=$(find "$work/root" -type f -path "$1")
  [ -f "$found" ] || die "the packages have no $1"
  cp "$found" "$folder/$2.new"
  mv "$folder/$2.new" "$folder/$2"
}
take '*/boot/vmlinuz-*' vmlinuz
take '*/boot/config-*' config
take '*/bin/busybox' busybox
echo "$kernel: $(wc -c <"$folder/vmlinuz") bytes"
