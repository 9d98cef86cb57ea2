#!/bin/sh
# Builds what example:linux-arm64 bundles: Debian's arm64 kernel, an initrd with its busybox, and the cell's device tree.
set -eu
umask 022

root=$(cd "$(dirname "$0")/.." && pwd)
cache=${DEBIAN_GUEST_CACHE:-$root/.cache}/debian-arm64
output=$root/example-project/build/linux-arm64

command -v dtc >/dev/null || {
  echo 'build-guest-arm64: dtc is missing; on Debian: apt-get install device-tree-compiler' >&2
  exit 1
}
"$root/scripts/fetch-debian-guest.sh" arm64
mkdir -p "$output"
cp "$cache/vmlinuz" "$output/Image"
cp "$cache/config" "$output/config"
BUSYBOX=$cache/busybox "$root/scripts/build-guest-initrd.sh" "$output/initrd.cpio.gz"
dtc -I dts -O dtb -o "$output/cell.dtb" "$root/example-project/linux-arm64/cell.dts"
