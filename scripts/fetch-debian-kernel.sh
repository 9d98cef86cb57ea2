#!/bin/sh
# Fetches Debian's stock kernels with apt, without installing them: vmlinuz, its config, and the package's name. amd64 goes
# to .cache/debian-kernel, cloud-amd64 to .cache/debian-kernel/cloud-amd64, arm64 where fetch-debian-guest.sh puts it.
# The arguments name the kernels; without any, all three.
set -eu
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
cache=${DEBIAN_KERNEL_CACHE:-$root/.cache/debian-kernel}

die() {
  echo "fetch-debian-kernel: $1" >&2
  exit "${2:-1}"
}

for tool in apt-cache apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || die "$tool is missing; this needs Debian"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# fetch FLAVOUR FOLDER
fetch() {
  # The metapackage names the package of the current version.
  package=$(apt-cache depends "linux-image-$1" | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
  [ -n "$package" ] || die "apt knows no linux-image-$1; run apt-get update first"
  if [ "$(cat "$2/package" 2>/dev/null)" = "$package" ] && [ -s "$2/vmlinuz" ] && [ -s "$2/config" ]; then
    return
  fi
  mkdir "$work/$1"
  (cd "$work/$1" && apt-get -q download "$package" >log 2>&1) || {
    cat "$work/$1/log" >&2
    die "apt cannot download $package"
  }
  dpkg-deb -x "$work/$1"/*.deb "$work/$1/root"
  mkdir -p "$2"
  rm -f "$2/package"
  cp "$work/$1"/root/boot/vmlinuz-* "$2/vmlinuz"
  cp "$work/$1"/root/boot/config-* "$2/config"
  echo "$package" >"$2/package"
}

[ $# -gt 0 ] || set -- amd64 cloud-amd64 arm64
mkdir -p "$cache"
if command -v flock >/dev/null; then
  exec 9>"$cache/lock"
  flock 9
fi
for flavour; do
  case $flavour in
    amd64) fetch amd64 "$cache" ;;
    cloud-amd64) fetch cloud-amd64 "$cache/cloud-amd64" ;;
    arm64) "$root/scripts/fetch-debian-guest.sh" arm64 ;;
    *) die 'usage: fetch-debian-kernel.sh [amd64] [cloud-amd64] [arm64]' 2 ;;
  esac
done
