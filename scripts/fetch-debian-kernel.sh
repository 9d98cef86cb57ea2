#!/bin/sh
# Fetches Debian's stock amd64 kernel with apt, without installing it: vmlinuz and its config go to .cache/debian-kernel.
set -eu
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${DEBIAN_KERNEL_CACHE:-$root/.cache/debian-kernel}

die() {
  echo "fetch-debian-kernel: $1" >&2
  exit 1
}

for tool in apt-cache apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || die "$tool is missing; this needs Debian"
done

# The metapackage names the package of the current version.
package=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
[ -n "$package" ] || die 'apt knows no linux-image-amd64; run apt-get update first'
if [ "$(cat "$folder/package" 2>/dev/null)" = "$package" ] && [ -s "$folder/vmlinuz" ] && [ -s "$folder/config" ]; then
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -q download "$package" >log 2>&1) || {
  cat "$work/log" >&2
  die "apt cannot download $package"
}
dpkg-deb -x "$work"/*.deb "$work/root"
mkdir -p "$folder"
cp "$work"/root/boot/vmlinuz-* "$folder/vmlinuz"
cp "$work"/root/boot/config-* "$folder/config"
echo "$package" >"$folder/package"
