#!/bin/sh
# Builds the monitors and the stand-in loaders of `jailhouse-bundle boot` into monitor/bin, with Debian's compilers.
#   build.sh            both architectures; notes the versions of the compilers in monitor/bin/toolchain.txt
#   build.sh --check    fails (1) if the committed files are not what the source gives;
#                       says so and exits 4 where the compilers are others, and bytes prove nothing
set -eu
export LC_ALL=C

root=$(cd "$(dirname "$0")" && pwd)

die() {
  echo "build.sh: $1" >&2
  exit "${2:-1}"
}

case ${1-} in
  '' | --check) ;;
  *) die 'usage: build.sh [--check]' 2 ;;
esac
[ "$#" -le 1 ] || die 'usage: build.sh [--check]' 2

for target in x86_64 aarch64; do
  command -v "$target-linux-gnu-gcc" >/dev/null && continue
  # Of the machine's own architecture, gcc depends on it.
  die "$target-linux-gnu-gcc is missing; on Debian: apt-get install gcc-$(echo "$target" | tr _ -)-linux-gnu" 3
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Nothing of the machine in the files: no build id, no paths, no dates.
flags='-std=gnu11 -Os -Wall -Wextra -Werror -ffreestanding -fno-builtin -fno-pic -fno-stack-protector
  -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-tree-loop-distribute-patterns -mgeneral-regs-only'

# compile PREFIX FLAGS FOLDER FILE: to an object file in $work
compile() {
  # shellcheck disable=SC2086 # a list of flags
  "$1-gcc" $flags $2 -ffile-prefix-map="$root"=. -Wa,-I"$work/$3" \
    -c "$root/$3/$4" -o "$work/$3/${4%.*}.o"
}

# link PREFIX FOLDER NAME SCRIPT-OR-FLAGS OBJECT...: the loaded bytes alone, as NAME.bin
link() {
  prefix=$1 folder=$2 name=$3 how=$4
  shift 4
  # shellcheck disable=SC2086 # a list of flags
  (cd "$work/$folder" && "$prefix-ld" -nostdlib -static --build-id=none --no-warn-rwx-segments $how \
    -o "$name.elf" "$@")
  "$prefix-objcopy" -O binary "$work/$folder/$name.elf" "$work/$folder/$name.bin"
}

# monitor PREFIX FLAGS FOLDER: monitor.bin, start.S first
monitor() {
  objects=
  for source in "$root/$3"/*.c; do
    file=${source##*/}
    compile "$1" "$2" "$3" "$file"
    objects="$objects ${file%.c}.o"
  done
  compile "$1" "$2" "$3" start.S
  # shellcheck disable=SC2086 # a list of files
  link "$1" "$3" monitor "-T $root/$3/monitor.ld" start.o $objects
}

# install_file FOLDER FILE: to where it is committed
install_file() {
  mkdir -p "$work/bin/$1"
  cp "$work/$1/$2" "$work/bin/$1/$2"
  chmod 644 "$work/bin/$1/$2"
}

build_x86() {
  mkdir "$work/x86"
  own='-m64 -mno-red-zone -mcmodel=small -fcf-protection=none'
  monitor x86_64-linux-gnu "$own" x86
  # The ROM holds the monitor.
  compile x86_64-linux-gnu "$own" x86 rom.S
  link x86_64-linux-gnu x86 rom "-T $root/x86/rom.ld" rom.o
  mv "$work/x86/rom.bin" "$work/x86/monitor.rom"
  install_file x86 monitor.rom
  compile x86_64-linux-gnu "$own" x86 loader.S
  link x86_64-linux-gnu x86 loader '-Ttext=0 -e start' loader.o
  install_file x86 loader.bin
}

build_arm64() {
  mkdir "$work/arm64"
  own='-mcpu=cortex-a57 -mstrict-align -mno-outline-atomics'
  monitor aarch64-linux-gnu "$own" arm64
  install_file arm64 monitor.bin
  compile aarch64-linux-gnu "$own" arm64 loader.S
  link aarch64-linux-gnu arm64 loader '-Ttext=0 -e 0' loader.o
  install_file arm64 loader.bin
}

build_x86
build_arm64
for target in x86_64 aarch64; do
  "$target-linux-gnu-gcc" --version | head -n 1
  "$target-linux-gnu-ld" --version | head -n 1 | sed "s/^/$target-linux-gnu-ld: /"
done >"$work/bin/toolchain.txt"

if [ "${1-}" = --check ]; then
  cmp -s "$work/bin/toolchain.txt" "$root/bin/toolchain.txt" || {
    echo "build.sh: not compared, for the compilers are not those of monitor/bin/toolchain.txt:"
    cat "$work/bin/toolchain.txt"
    exit 4
  }
  diff -r "$work/bin" "$root/bin" || die 'monitor/bin is not what the source gives; run monitor/build.sh'
else
  rm -rf "${root:?}/bin"
  cp -R "$work/bin" "$root/bin"
fi
cd "$root/bin"
find . -type f | sort | xargs sha256sum
