#!/bin/sh
# Builds the kernel of example:linux from Debian's linux-source and example-project/linux/guest.config.
# LINUX_SOURCE names another source tarball than the newest /usr/src/linux-source-*.tar.xz,
# GUEST_KERNEL_CACHE another folder than .cache/guest-kernel; it needs 1.6 GB while building, and keeps only the kernel.
set -eu
umask 022
export LC_ALL=C

root=$(cd "$(dirname "$0")/.." && pwd)
fragment=$root/example-project/linux/guest.config
output=$root/example-project/build/linux/bzImage
cache=${GUEST_KERNEL_CACHE:-$root/.cache/guest-kernel}

die() {
  echo "build-guest-kernel: $1" >&2
  exit 1
}

packages=
while read -r tool package; do
  command -v "$tool" >/dev/null || packages="$packages $package"
done <<END
gcc gcc
ld binutils
make make
bc bc
flex flex
bison bison
xz xz-utils
END
if command -v gcc >/dev/null && ! echo '#include <gelf.h>' | gcc -E - >/dev/null 2>&1; then
  packages="$packages libelf-dev"
fi
source=${LINUX_SOURCE:-$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' 2>/dev/null | sort -V | tail -n 1)}
[ -n "$source" ] || packages="$packages linux-source"
[ -z "$packages" ] || die "missing; on Debian: apt-get install$packages"
[ -f "$source" ] || die "LINUX_SOURCE=$source: no such file"

mkdir -p "$cache" "$(dirname "$output")"
cache=$(cd "$cache" && pwd)
case $cache in
  *[[:space:]:]*) die "kbuild takes no folder with a blank or a colon in its name, such as $cache; set GUEST_KERNEL_CACHE" ;;
esac
if command -v flock >/dev/null; then
  exec 9>"$cache/lock"
  flock 9
fi

stamp=$( (
  basename "$source"
  wc -c <"$source"
  gcc --version
  ld --version
  cat "$fragment" "$0"
) | sha256sum)
publish() {
  cp "$cache/bzImage" "$output.new"
  mv "$output.new" "$output"
  echo "${output#"$root"/}: $(wc -c <"$output") bytes"
}
if [ -f "$cache/bzImage" ] && [ "$(cat "$cache/stamp" 2>/dev/null)" = "$stamp" ]; then
  publish
  exit
fi

tree=$cache/source
build=$cache/build
trap 'rm -rf "$tree" "$build"' EXIT
trap 'exit 1' HUP INT TERM
rm -rf "$tree" "$build" "$cache/stamp"
mkdir "$tree" "$build"
echo "unpacking $source"
tar -C "$tree" --strip-components=1 -xJf "$source"

kernel_make() {
  make -s -C "$tree" O="$build" ARCH=x86_64 KBUILD_BUILD_USER=guest KBUILD_BUILD_HOST=example \
    KBUILD_BUILD_VERSION=1 KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970' "$@"
}
kernel_make KCONFIG_ALLCONFIG="$fragment" allnoconfig

# kconfig drops what a dependency forbids, and turns on what something selects, without a word
ignored=$(while read -r line; do
  case $line in
    '# CONFIG_'*' is not set')
      symbol=${line#'# '}
      symbol=${symbol%' is not set'}
      ! grep -q "^$symbol=" "$build/.config" || echo "$symbol"
      ;;
    CONFIG_*) grep -qxF -- "$line" "$build/.config" || echo "${line%%=*}" ;;
  esac
done <"$fragment")
[ -z "$ignored" ] || die "these lines of ${fragment#"$root"/} did not take effect: $(echo "$ignored" | tr '\n' ' ')"

echo "building the guest kernel: some minutes; log in $cache/log"
if ! kernel_make -j"$(nproc)" bzImage >"$cache/log" 2>&1; then
  tail -n 20 "$cache/log" >&2
  die 'the build failed; the end of its log is above'
fi
cp "$build/arch/x86/boot/bzImage" "$cache/bzImage"
echo "$stamp" >"$cache/stamp"
publish
