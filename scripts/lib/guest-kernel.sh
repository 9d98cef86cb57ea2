# shellcheck shell=sh
# What build-guest-kernel.sh and build-kernels.sh share: the guest kernel from Debian's linux-source and
# example-project/linux/guest.config. The one that sources this sets root.
# LINUX_SOURCE names another source tarball than the newest /usr/src/linux-source-*.tar.xz,
# GUEST_KERNEL_CACHE another folder than .cache/guest-kernel; it needs 1.6 GB while building, and keeps only the kernel.
umask 022
export LC_ALL=C

: "${root:?}"
fragment=$root/example-project/linux/guest.config
library=$root/scripts/lib/guest-kernel.sh
cache=${GUEST_KERNEL_CACHE:-$root/.cache/guest-kernel}

die() {
  echo "$(basename "$0" .sh): $1" >&2
  exit 1
}

# Reads lines "tool package" and adds the packages of those that are missing.
packages=
want_tools() {
  while read -r tool package; do
    command -v "$tool" >/dev/null || packages="$packages $package"
  done
}

# Finds the source and the tools, locks the cache, and sets stamp to what the kernel is made from.
open_cache() {
  want_tools <<END
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

  mkdir -p "$cache"
  cache=$(cd "$cache" && pwd)
  case $cache in
    *[[:space:]:]*) die "kbuild takes no folder with a blank or a colon in its name, such as $cache; set GUEST_KERNEL_CACHE" ;;
  esac
  if command -v flock >/dev/null; then
    exec 9>"$cache/lock"
    flock 9
  fi
  tree=$cache/source
  build=$cache/build
  stamp=$( (
    basename "$source"
    wc -c <"$source"
    gcc --version
    ld --version
    cat "$fragment" "$library"
  ) | sha256sum)
}

guest_kernel_is_cached() {
  [ -f "$cache/bzImage" ] && [ "$(cat "$cache/stamp" 2>/dev/null)" = "$stamp" ]
}

kernel_make() {
  make -s -C "$tree" O="$build" ARCH=x86_64 KBUILD_BUILD_USER=guest KBUILD_BUILD_HOST=example \
    KBUILD_BUILD_VERSION=1 KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970' "$@"
}

make_logged() {
  kernel_make -j"$(nproc)" "$@" >"$cache/log" 2>&1 || {
    tail -n 20 "$cache/log" >&2
    die 'the build failed; the end of its log is above'
  }
}

# kconfig drops what a dependency forbids, and turns on what something selects, without a word
check_fragment() {
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
}

# Builds $cache/bzImage; its tree and build folder are there until the script ends.
build_guest_kernel() {
  trap 'rm -rf "$tree" "$build"' EXIT
  trap 'exit 1' HUP INT TERM
  rm -rf "$tree" "$build" "$cache/stamp"
  mkdir "$tree" "$build"
  echo "unpacking $source"
  tar -C "$tree" --strip-components=1 -xJf "$source"
  kernel_make KCONFIG_ALLCONFIG="$fragment" allnoconfig
  check_fragment
  echo "building the guest kernel: some minutes; log in $cache/log"
  make_logged bzImage
  cp "$build/arch/x86/boot/bzImage" "$cache/bzImage"
  echo "$stamp" >"$cache/stamp"
}
