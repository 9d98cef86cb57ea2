#!/bin/sh
# Builds what example:linux-arm64 bundles: Debian's arm64 kernel, and an initrd with its busybox.
set -eu
umask 022

root=$(cd "$(dirname "$0")/.." && pwd)
cache=${DEBIAN_GUEST_CACHE:-$root/.cache}/debian-arm64
output=$root/example-project/build/linux-arm64

"$root/scripts/fetch-debian-guest.sh" arm64
mkdir -p "$output"
cp "$cache/vmlinuz" "$output/Image"
cp "$cache/config" "$output/config"
BUSYBOX=$cache/busybox "$root/scripts/build-guest-initrd.sh" "$output/initrd.cpio.gz"
