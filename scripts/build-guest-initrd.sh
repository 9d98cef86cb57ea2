#!/bin/sh
# Builds the initrd of the Linux examples: a static busybox and example-project/linux/init, the same bytes from the same
# inputs. The first argument names the file to write, BUSYBOX another static busybox than /bin/busybox.
set -eu
umask 022
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
busybox=${BUSYBOX:-/bin/busybox}
output=${1:-$root/example-project/build/linux/initrd.cpio.gz}

die() {
  echo "build-guest-initrd: $1" >&2
  exit 1
}

command -v cpio >/dev/null || die 'cpio is missing; on Debian: apt-get install cpio'
[ -x "$busybox" ] || die "$busybox is missing; on Debian: apt-get install busybox-static, else set BUSYBOX"
# a dynamic one names its interpreter, which the initrd does not have
! grep -q '/ld-linux' "$busybox" || die "$busybox is not static; on Debian: apt-get install busybox-static"

tree=$(mktemp -d)
trap 'rm -rf "$tree" "$output.new"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$tree/bin" "$tree/dev" "$tree/proc" "$tree/sys"
cp "$busybox" "$tree/bin/busybox"
cp "$root/example-project/linux/init" "$tree/init"
chmod 755 "$tree/bin/busybox" "$tree/init"
find "$tree" -exec touch -h -d @0 {} +

mkdir -p "$(dirname "$output")"
(cd "$tree" && find . -mindepth 1 | sort | cpio --quiet --reproducible -R 0:0 -H newc -o) | gzip -n9 >"$output.new"
mv "$output.new" "$output"
echo "${output#"$root"/}: $(wc -c <"$output") bytes"
