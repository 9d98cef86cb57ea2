#!/bin/sh
# Fetches Debian's stock kernel of another architecture (arm64 or armhf), its config, the package's name and a static
# busybox with apt, without installing anything: to .cache/debian-ARCH. apt gets a state of its own, so that of this machine
# stays as it is.
set -eu
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
arch=${1-}
folder=${DEBIAN_GUEST_CACHE:-$root/.cache}/debian-$arch

die() {
  echo "fetch-debian-guest: $1" >&2
  exit "${2:-1}"
}

case $arch in
  arm64) flavour=arm64 ;;
  armhf) flavour=armmp ;;
  *) die 'usage: fetch-debian-guest.sh arm64|armhf' 2 ;;
esac

for tool in apt-cache apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || die "$tool is missing; this needs Debian"
done
mkdir -p "$folder"
if command -v flock >/dev/null; then
  exec 9>"$folder/lock"
  flock 9
fi
cached=yes
for name in vmlinuz config busybox package; do
  [ -s "$folder/$name" ] || cached=
done
[ -z "$cached" ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/root"
: >"$work/status"

# this machine's own sources, read as a machine of that architecture would
foreign() {
  tool=$1
  shift
  "$tool" -q -o APT::Architecture="$arch" -o APT::Architectures::="$arch" -o APT::Sandbox::User=root \
    -o Dir::State="$work" -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" \
    -o Dir::Cache="$work/cache" -o Acquire::Languages=none "$@"
}

# a source without packages for it fails here, and does not matter
foreign apt-get update >"$work/log" 2>&1 || true
# The metapackage names the package of the current version.
kernel=$(foreign apt-cache depends "linux-image-$flavour" | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
[ -n "$kernel" ] || {
  cat "$work/log" >&2
  die "apt finds no linux-image-$flavour for $arch in the sources of this machine"
}
(cd "$work" && foreign apt-get download "$kernel" busybox-static >log 2>&1) || {
  cat "$work/log" >&2
  die "apt cannot download $kernel and busybox-static"
}
unpack() {
  dpkg-deb --fsys-tarfile "$work"/"$1"_*.deb | tar -C "$work/root" -xf - --wildcards "$2"
}
unpack "$kernel" "./boot/*-$flavour"
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
echo "$kernel" >"$folder/package"
echo "$kernel: $(wc -c <"$folder/vmlinuz") bytes"
